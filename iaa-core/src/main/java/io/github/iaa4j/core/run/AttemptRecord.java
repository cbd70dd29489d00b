package io.github.iaa4j.core.run;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code attempts.jsonl}: an attempt that did not end in an accepted image.
 *
 * @param slot the slot's ordinal
 * @param attempt from 0
 * @param outcome how it ended
 * @param labels the classes that the image should have shown
 * @param prompt the text that was painted
 * @param negativePrompt what was kept out
 * @param reason why, for people
 * @param functionEvaluations UNet batch rows spent on it
 * @param audited whether a preview would have dropped it, and it was painted to the end as a check
 * @param scores what the filter measured
 * @param lastResort how good the rejected image still is, where it may be kept if nothing better
 *     comes
 * @param file the rejected image's path in the run's folder, where those are kept
 */
public record AttemptRecord(
    int slot,
    int attempt,
    Outcome outcome,
    List<String> labels,
    String prompt,
    String negativePrompt,
    String reason,
    int functionEvaluations,
    boolean audited,
    Map<String, Double> scores,
    @Nullable Double lastResort,
    @Nullable String file) {

  /** The same without the path of its image. */
  public AttemptRecord withoutFile() {
    return file == null
        ? this
        : new AttemptRecord(
            slot,
            attempt,
            outcome,
            labels,
            prompt,
            negativePrompt,
            reason,
            functionEvaluations,
            audited,
            scores,
            lastResort,
            null);
  }

  /** How an attempt can end without an accepted image. */
  public enum Outcome {
    /** A preview of the filter ended it early. */
    DROPPED,
    /** The filter's judge turned the finished image down. */
    REJECTED,
    /** It was accepted, and then found to repeat the image of an earlier slot. */
    DUPLICATE,
    /** It could not be painted. */
    FAILED
  }
}
