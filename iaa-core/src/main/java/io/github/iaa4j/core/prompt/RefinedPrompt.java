package io.github.iaa4j.core.prompt;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a refinement: the best prompt and how it came about.
 *
 * @param prompt the prompt to be painted
 * @param score its score, in [0, 1]
 * @param rounds every round, first to last; the last is not always the best
 * @param tokens tokens spent in all rounds together
 * @param source whose words the prompt holds
 * @param templateCause why a template stands in for what the agent should have written, or null
 *     where none does
 */
public record RefinedPrompt(
    Prompt prompt,
    double score,
    List<Round> rounds,
    int tokens,
    PromptSource source,
    @Nullable TemplateCause templateCause) {

  /** Copies its list. */
  public RefinedPrompt {
    rounds = List.copyOf(rounds);
  }

  /** One for which no template stands in. */
  public RefinedPrompt(
      Prompt prompt, double score, List<Round> rounds, int tokens, PromptSource source) {
    this(prompt, score, rounds, tokens, source, null);
  }

  /** In words of unknown source. */
  public RefinedPrompt(Prompt prompt, double score, List<Round> rounds, int tokens) {
    this(prompt, score, rounds, tokens, PromptSource.UNKNOWN);
  }

  /**
   * One round: a prompt and what the critic made of it.
   *
   * @param text the prompt's text; empty where the agent wrote none that could be used
   * @param negativePrompt the prompt's negative text
   * @param score in [0, 1]
   * @param critique the advice
   * @param attempts how often it was painted before it was given up and rewritten; null where it
   *     was not painted or not given up
   * @param source whose words the text holds
   */
  public record Round(
      String text,
      String negativePrompt,
      double score,
      String critique,
      @Nullable Integer attempts,
      PromptSource source) {

    /** What a file of an earlier version lacks is unknown. */
    public Round {
      source = Objects.requireNonNullElse(source, PromptSource.UNKNOWN);
    }

    /** A round that was not painted, in words of unknown source. */
    public Round(String text, String negativePrompt, double score, String critique) {
      this(text, negativePrompt, score, critique, PromptSource.UNKNOWN);
    }

    /** A round that was not painted. */
    public Round(
        String text, String negativePrompt, double score, String critique, PromptSource source) {
      this(text, negativePrompt, score, critique, null, source);
    }

    /** Whether its prompt was this one. */
    public boolean holds(Prompt prompt) {
      return prompt.text().equals(text) && prompt.negativePrompt().equals(negativePrompt);
    }
  }
}
