package io.github.iaa4j.core.prompt;

import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The outcome of a refinement: the best prompt and how it came about.
 *
 * @param prompt the prompt to generate images from
 * @param score its score, in [0, 1]
 * @param rounds every round, first to last; the last is not always the best
 * @param tokens tokens spent in all rounds together
 * @param source where the prompt's words come from
 * @param templateCause why a template replaces what the agent should have written, or null where
 *     none does
 */
public record RefinedPrompt(
    Prompt prompt,
    double score,
    List<Round> rounds,
    int tokens,
    PromptSource source,
    @Nullable TemplateCause templateCause) {

  /**
   * Copies its list.
   *
   * @throws IllegalArgumentException if the score is not in [0, 1]
   */
  public RefinedPrompt {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("a refined prompt's score is in [0, 1], not " + score);
    }
    rounds = List.copyOf(rounds);
  }

  /**
   * One round: a prompt and its critique.
   *
   * @param text the prompt's text; empty where the agent wrote none that could be used
   * @param negativePrompt the prompt's negative text
   * @param score in [0, 1]
   * @param faults what the critic found wrong
   * @param incident what went wrong in the round besides, such as a server that failed, in a
   *     sentence for people; empty where nothing did
   * @param attempts how many images were generated from it before it was given up and rewritten;
   *     null where there was none or it was not given up
   * @param source where the text's words come from
   */
  public record Round(
      String text,
      String negativePrompt,
      double score,
      List<Fault> faults,
      String incident,
      @Nullable Integer attempts,
      PromptSource source) {

    /** Copies its list. What a hand-written line of JSON leaves out is empty or unknown. */
    public Round {
      faults = List.copyOf(Objects.requireNonNullElse(faults, List.of()));
      incident = Objects.requireNonNullElse(incident, "");
      source = Objects.requireNonNullElse(source, PromptSource.UNKNOWN);
    }

    /** What went wrong and what to change, in sentences for people; may be empty. */
    public String critique() {
      String advice = Critique.advice(faults);
      return incident.isEmpty() || advice.isEmpty() ? incident + advice : incident + " " + advice;
    }

    /** Whether its prompt was this one. */
    public boolean holds(Prompt prompt) {
      return prompt.text().equals(text) && prompt.negativePrompt().equals(negativePrompt);
    }
  }
}
