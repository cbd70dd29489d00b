package io.github.iaa4j.core;

import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.PromptRecord;

/** Something that happened in a run. Events of one run never come two at a time. */
public sealed interface AugmentationEvent {

  /**
   * Prompts are about to be written.
   *
   * @param slots slots in all
   * @param done slots whose prompt is there from an earlier start
   */
  record PromptsBegun(int slots, int done) implements AugmentationEvent {}

  /**
   * A prompt was written.
   *
   * @param prompt the line of {@code prompts.jsonl}
   */
  record PromptWritten(PromptRecord prompt) implements AugmentationEvent {}

  /**
   * Images are about to be painted.
   *
   * @param slots slots in all
   * @param done slots whose image is there from an earlier start
   */
  record GenerationBegun(int slots, int done) implements AugmentationEvent {}

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
   * A slot used all its attempts and stays empty.
   *
   * @param slot the slot's ordinal
   */
  record SlotExhausted(int slot) implements AugmentationEvent {}
}
