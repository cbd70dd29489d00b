package io.github.iaa4j.core.run;

import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptSource;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.TemplateCause;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code prompts.jsonl}: the prompt of one slot and how it came about. People may edit
 * the texts, or delete lines, before images are generated.
 *
 * @param slot the slot's ordinal
 * @param labels the classes that the image must show
 * @param text what images are generated from
 * @param negativePrompt what the image should not show; may be empty
 * @param score the critic's score of the text, in [0, 1]
 * @param rounds every round of refinement, first to last
 * @param agent who wrote it
 * @param tokens tokens that a language model read and wrote for it
 * @param source where the words come from; shows whether a template replaces what a model could not
 *     write
 * @param templateCause why that template does, or null if none does or a person wrote the line
 */
public record PromptRecord(
    int slot,
    List<String> labels,
    String text,
    String negativePrompt,
    double score,
    List<RefinedPrompt.Round> rounds,
    String agent,
    int tokens,
    PromptSource source,
    @Nullable TemplateCause templateCause) {

  /** Parts that may be left out of a line written by hand become empty. */
  public PromptRecord {
    negativePrompt = Objects.requireNonNullElse(negativePrompt, "");
    rounds = Objects.requireNonNullElse(rounds, List.of());
    agent = Objects.requireNonNullElse(agent, "");
    source = Objects.requireNonNullElse(source, PromptSource.UNKNOWN);
  }

  /**
   * The prompt of a slot.
   *
   * @param agent who wrote it
   */
  public static PromptRecord of(
      int slot, List<String> labels, RefinedPrompt refined, String agent) {
    return new PromptRecord(
        slot,
        labels,
        refined.prompt().text(),
        refined.prompt().negativePrompt(),
        refined.score(),
        refined.rounds(),
        agent,
        refined.tokens(),
        refined.source(),
        refined.templateCause());
  }

  /**
   * The prompt that replaces this one.
   *
   * @param givenUp this prompt as a round: why it was given up
   * @param agent who wrote the new one
   */
  public PromptRecord rewritten(RefinedPrompt.Round givenUp, RefinedPrompt refined, String agent) {
    List<RefinedPrompt.Round> all = new ArrayList<>(rounds);
    all.add(givenUp);
    all.addAll(refined.rounds());
    return new PromptRecord(
        slot,
        labels,
        refined.prompt().text(),
        refined.prompt().negativePrompt(),
        refined.score(),
        all,
        agent,
        tokens + refined.tokens(),
        refined.source(),
        refined.templateCause());
  }

  /**
   * The rounds whose prompt was given up after all its attempts, and was rewritten; first to last.
   * Generation round k has the attempts from k times the run's attempts on.
   */
  public List<RefinedPrompt.Round> givenUp() {
    return rounds.stream().filter(round -> round.attempts() != null).toList();
  }

  /** The prompt that images are generated from. */
  public Prompt prompt() {
    return new Prompt(text, negativePrompt);
  }
}
