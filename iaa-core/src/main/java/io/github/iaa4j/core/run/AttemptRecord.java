package io.github.iaa4j.core.run;

import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Outcome;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code attempts.jsonl}: an attempt that did not end in an accepted image.
 *
 * @param slot the slot's ordinal
 * @param attempt from 0
 * @param outcome how it ended
 * @param labels the classes that the image should have shown
 * @param prompt the text that it was generated from
 * @param negativePrompt what the image should not show
 * @param reasons why it was not kept; those of the filter come first, where an image was kept as a
 *     fallback and then found to be a duplicate
 * @param functionEvaluations UNet batch rows spent on it
 * @param audited whether a preview would have dropped it, and it was generated to the end as a
 *     check
 * @param scores what the filter measured
 * @param quality how good the rejected image still is, where it may be kept as a fallback; null
 *     once its round is over with the image in {@code file} not chosen
 * @param file the rejected image's path in the run's folder, if those are kept
 */
public record AttemptRecord(
    int slot,
    int attempt,
    Outcome outcome,
    List<String> labels,
    String prompt,
    String negativePrompt,
    List<Reason> reasons,
    int functionEvaluations,
    boolean audited,
    Map<String, Double> scores,
    @Nullable Double quality,
    @Nullable String file) {

  /**
   * Copies its parts.
   *
   * @throws IllegalArgumentException if the slot or the attempt is negative
   */
  public AttemptRecord {
    ManifestEntry.requireOrdinals(slot, attempt);
    Objects.requireNonNull(outcome, "outcome");
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    labels = List.copyOf(labels);
    reasons = List.copyOf(reasons);
    scores = Collections.unmodifiableMap(new TreeMap<>(scores));
  }

  /** An attempt that a preview ended after {@code functionEvaluations} UNet batch rows. */
  public static AttemptRecord dropped(
      GenerationJob job, List<String> labels, Verdict verdict, int step, int functionEvaluations) {
    List<Reason> reasons = verdict.reasons().stream().map(reason -> reason.atStep(step)).toList();
    return of(job, labels, Outcome.DROPPED, reasons, functionEvaluations, false, verdict, null);
  }

  /**
   * A finished image that the judge rejected.
   *
   * @param file its path in the run's folder, or null where it is not kept
   */
  public static AttemptRecord rejected(
      GenerationJob job,
      List<String> labels,
      Verdict verdict,
      int functionEvaluations,
      boolean audited,
      @Nullable String file) {
    return of(
        job,
        labels,
        Outcome.REJECTED,
        verdict.reasons(),
        functionEvaluations,
        audited,
        verdict,
        file);
  }

  /**
   * An attempt that could not be generated, for a problem that is described in the same words each
   * time.
   */
  public static AttemptRecord failed(
      GenerationJob job, List<String> labels, String problem, boolean audited) {
    List<Reason> reasons = List.of(Reason.failed(problem));
    return of(job, labels, Outcome.FAILED, reasons, 0, audited, Verdict.pass(), null);
  }

  /**
   * An image that was accepted or kept as a fallback, and then found to repeat the image of an
   * earlier slot.
   */
  public static AttemptRecord duplicate(ManifestEntry entry, int earlierSlot) {
    ManifestEntry.Fallback fallback = entry.fallback();
    List<Reason> reasons = new ArrayList<>(fallback == null ? List.of() : fallback.reasons());
    reasons.add(Reason.duplicateOfSlot(earlierSlot));
    return revoked(entry, Outcome.DUPLICATE, reasons, null, null);
  }

  /**
   * An image that was kept as a fallback, and is merely a rejected one again since its prompt was
   * rewritten.
   *
   * @param file the path of its copy among the rejected images
   * @throws IllegalArgumentException if the filter accepted it
   */
  public static AttemptRecord replaced(ManifestEntry entry, String file) {
    ManifestEntry.Fallback fallback = entry.fallback();
    if (fallback == null) {
      throw new IllegalArgumentException(
          "the image of slot " + entry.slot() + " is not a fallback: the filter accepted it");
    }
    return revoked(entry, Outcome.REJECTED, fallback.reasons(), fallback.quality(), file);
  }

  private static AttemptRecord revoked(
      ManifestEntry entry,
      Outcome outcome,
      List<Reason> reasons,
      @Nullable Double quality,
      @Nullable String file) {
    return new AttemptRecord(
        entry.slot(),
        entry.attempt(),
        outcome,
        entry.labels(),
        entry.prompt(),
        entry.negativePrompt(),
        reasons,
        entry.functionEvaluations(),
        entry.audited(),
        entry.scores(),
        quality,
        file);
  }

  private static AttemptRecord of(
      GenerationJob job,
      List<String> labels,
      Outcome outcome,
      List<Reason> reasons,
      int functionEvaluations,
      boolean audited,
      Verdict verdict,
      @Nullable String file) {
    return new AttemptRecord(
        job.slot(),
        job.attempt(),
        outcome,
        labels,
        job.prompt().text(),
        job.prompt().negativePrompt(),
        reasons,
        functionEvaluations,
        audited,
        verdict.scores(),
        verdict.quality(),
        file);
  }

  /**
   * Why the filter rejected it; empty where it did not: the image was accepted and then found to be
   * a duplicate, or it could not be generated.
   */
  List<Reason> reasonsOfFilter() {
    return switch (outcome) {
      case DROPPED, REJECTED -> reasons;
      case DUPLICATE -> reasons.stream().filter(reason -> reason.slot() == null).toList();
      case FAILED -> List.of();
    };
  }

  /** Whether the filter accepted the image, and it was revoked because it repeats another one. */
  public boolean wasAcceptedByFilter() {
    return outcome == Outcome.DUPLICATE && reasonsOfFilter().isEmpty();
  }

  /** The same without the path of its image. */
  public AttemptRecord withoutFile() {
    return with(quality, null);
  }

  /** The same as an attempt whose image may no longer be kept as a fallback. */
  public AttemptRecord withoutQuality() {
    return with(null, file);
  }

  private AttemptRecord with(@Nullable Double otherQuality, @Nullable String otherFile) {
    return new AttemptRecord(
        slot,
        attempt,
        outcome,
        labels,
        prompt,
        negativePrompt,
        reasons,
        functionEvaluations,
        audited,
        scores,
        otherQuality,
        otherFile);
  }

  /** The prompt and the negative prompt. */
  public Prompt fullPrompt() {
    return new Prompt(prompt, negativePrompt);
  }

  /** Why it was not kept, in human-readable words. */
  public String message() {
    return Reason.message(reasons);
  }
}
