package io.github.iaa4j.core.prompt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a refinement: the best prompt and how it came about.
 *
 * @param prompt the prompt to be painted
 * @param score its score, in [0, 1]
 * @param rounds every round, first to last; the last is not always the best
 * @param tokens tokens spent in all rounds together
 */
public record RefinedPrompt(Prompt prompt, double score, List<Round> rounds, int tokens) {

  /** Copies its list. */
  public RefinedPrompt {
    rounds = List.copyOf(rounds);
  }

  /**
   * One round: a prompt and what the critic made of it.
   *
   * @param text the prompt's text
   * @param negativeText the prompt's negative text
   * @param score in [0, 1]
   * @param critique the advice
   * @param attempts how often it was painted before it was given up and rewritten; null where it
   *     was not painted or not given up
   */
  public record Round(
      String text, String negativeText, double score, String critique, @Nullable Integer attempts) {

    /** A round that was not painted. */
    public Round(String text, String negativeText, double score, String critique) {
      this(text, negativeText, score, critique, null);
    }

    /** Whether its prompt was this one. */
    public boolean holds(Prompt prompt) {
      return prompt.text().equals(text) && prompt.negativeText().equals(negativeText);
    }
  }
}
