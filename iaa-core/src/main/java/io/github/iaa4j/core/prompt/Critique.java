package io.github.iaa4j.core.prompt;

/**
 * What a critic thinks of a prompt.
 *
 * @param score from 0 (useless) to 1 (perfect); compared with the refinement's threshold
 * @param advice what to change, as the agent that rewrites the prompt will read it; may be empty
 * @param sound whether the prompt may be painted at all. A refinement does not end with one that is
 *     not, whatever its score
 */
public record Critique(double score, String advice, boolean sound) {

  /**
   * @throws IllegalArgumentException if the score is not in [0, 1]
   */
  public Critique {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("a critique's score is in [0, 1], not " + score);
    }
  }

  /**
   * Of a prompt that may be painted.
   *
   * @throws IllegalArgumentException if the score is not in [0, 1]
   */
  public Critique(double score, String advice) {
    this(score, advice, true);
  }
}
