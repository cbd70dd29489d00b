package io.github.iaa4j.core;

import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.settings.Description;
import java.util.List;

/**
 * Something that happened in a run. Events of one run are delivered one at a time.
 *
 * <p>The counts add up. A stage begins with what exists already and ends with what exists then:
 * {@link PromptsBegun#done()} and the {@link PromptWritten} are the prompts of {@link
 * PromptsFinished}; {@link GenerationBegun#done()} and the {@link Accepted} without the {@link
 * Revoked} are the accepted images of {@link GenerationFinished}. A stage that is cancelled or
 * fails does not finish.
 */
public sealed interface AugmentationEvent {

  /**
   * Prompts are about to be written, or rewritten between two generation rounds.
   *
   * @param slots slots that need a prompt
   * @param done slots that have a prompt from an earlier start
   */
  record PromptsBegun(int slots, int done) implements AugmentationEvent {}

  /**
   * A prompt was written.
   *
   * @param prompt the line of {@code prompts.jsonl}
   */
  record PromptWritten(PromptRecord prompt) implements AugmentationEvent {}

  /**
   * All prompts are written.
   *
   * @param prompts how many
   */
  record PromptsFinished(int prompts) implements AugmentationEvent {}

  /**
   * Images are about to be generated.
   *
   * @param slots slots with a prompt; {@link SlotsWithoutPrompt} follows if others were planned
   * @param done slots that have an image from an earlier start
   */
  record GenerationBegun(int slots, int done) implements AugmentationEvent {}

  /**
   * Slots of the plan have no prompt, because the prompts were not all written or lines were
   * deleted: no image is generated for them. Sent once per generation round.
   *
   * @param slots the slots' ordinals, ascending
   */
  record SlotsWithoutPrompt(List<Integer> slots) implements AugmentationEvent {

    /** Copies the list. */
    public SlotsWithoutPrompt {
      slots = List.copyOf(slots);
    }
  }

  /**
   * An image was accepted.
   *
   * @param entry the line of {@code manifest.jsonl}
   */
  record Accepted(ManifestEntry entry) implements AugmentationEvent {}

  /**
   * An attempt ended without an accepted image.
   *
   * @param attempt the line of {@code attempts.jsonl}
   */
  record Unaccepted(AttemptRecord attempt) implements AugmentationEvent {}

  /**
   * An accepted image is no longer accepted, and its slot is open again if it has attempts left. It
   * repeats the image of an earlier slot, or it was a fallback for a prompt that was rewritten.
   *
   * @param entry the line of {@code manifest.jsonl} that is removed
   * @param attempt the line of {@code attempts.jsonl} that takes its place
   */
  record Revoked(ManifestEntry entry, AttemptRecord attempt) implements AugmentationEvent {}

  /**
   * A slot used all its attempts and stays empty. Sent once per slot and generation round.
   *
   * @param slot the slot's ordinal
   */
  record SlotExhausted(int slot) implements AugmentationEvent {}

  /**
   * Images were generated for all slots that have attempts left, and the augmented data set is
   * written.
   *
   * @param report the state of the run
   */
  record GenerationFinished(AugmentationReport report) implements AugmentationEvent {}

  /**
   * Classes lack images according to the balance but get none, because no image of the data set
   * shows them: no label set exists to plan an image with.
   *
   * @param classNames the classes, in their order
   */
  record ClassesUnplanned(List<String> classNames) implements AugmentationEvent {}

  /**
   * A part of the run does not describe its settings, so a run may be resumed with a different one
   * without anyone noticing. Sent once for each part.
   *
   * @param part which part, such as {@code filter}
   * @param description what is known of it
   * @param message what to do about it, for people
   */
  record PartUndescribed(String part, Description description, String message)
      implements AugmentationEvent {}
}
