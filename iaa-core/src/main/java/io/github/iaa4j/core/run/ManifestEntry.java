package io.github.iaa4j.core.run;

import io.github.iaa4j.core.filter.Verdict;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.settings.Description;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A line of {@code manifest.jsonl}: an accepted image and all that is needed to generate it again.
 *
 * @param slot the slot's ordinal
 * @param attempt which attempt was accepted, from 0
 * @param seed the seed of its noise
 * @param labels the classes that it shows
 * @param prompt the text that it was generated from
 * @param negativePrompt what the image should not show
 * @param file the image's path in the run's folder, with forward slashes
 * @param sha256 of the file, lower-case hexadecimal
 * @param functionEvaluations UNet batch rows spent on it
 * @param audited whether a preview would have dropped it, and it was generated to the end as a
 *     check
 * @param fallback how the filter rejected it, where it was kept because all attempts of its slot
 *     were used and none was better; null where the filter accepted it
 * @param scores what the filter measured
 * @param sampler what generated it, with all its settings
 */
public record ManifestEntry(
    int slot,
    int attempt,
    long seed,
    List<String> labels,
    String prompt,
    String negativePrompt,
    String file,
    String sha256,
    int functionEvaluations,
    boolean audited,
    @Nullable Fallback fallback,
    Map<String, Double> scores,
    Description sampler) {

  /**
   * Copies its parts.
   *
   * @throws IllegalArgumentException if the slot or the attempt is negative
   */
  public ManifestEntry {
    requireOrdinals(slot, attempt);
    Objects.requireNonNull(prompt, "prompt");
    Objects.requireNonNull(negativePrompt, "negativePrompt");
    Objects.requireNonNull(file, "file");
    Objects.requireNonNull(sha256, "sha256");
    Objects.requireNonNull(sampler, "sampler");
    labels = List.copyOf(labels);
    scores = Collections.unmodifiableMap(new TreeMap<>(scores));
  }

  /**
   * How the filter rejected an image that was kept nevertheless.
   *
   * @param reasons why, at least one
   * @param quality how good it still is; higher is better
   */
  public record Fallback(List<Reason> reasons, double quality) {

    /**
     * Copies the reasons.
     *
     * @throws IllegalArgumentException if there is none
     */
    public Fallback {
      reasons = List.copyOf(reasons);
      if (reasons.isEmpty()) {
        throw new IllegalArgumentException("a fallback needs a reason for which it was rejected");
      }
    }
  }

  /**
   * An image in the run's folder.
   *
   * @param file its path in the folder, with forward slashes
   * @param sha256 of the file, lower-case hexadecimal
   */
  public record StoredImage(String file, String sha256) {}

  /** An image that the filter accepted. */
  public static ManifestEntry accepted(
      GeneratedImage image,
      List<String> labels,
      Verdict verdict,
      boolean audited,
      StoredImage stored,
      Description sampler) {
    GenerationJob job = image.job();
    return new ManifestEntry(
        job.slot(),
        job.attempt(),
        job.seed(),
        labels,
        job.prompt().text(),
        job.prompt().negativePrompt(),
        stored.file(),
        stored.sha256(),
        image.functionEvaluations(),
        audited,
        null,
        verdict.scores(),
        sampler);
  }

  /**
   * A rejected image that is kept because its slot has no better one.
   *
   * @throws IllegalArgumentException if the filter gave it no quality, so that it may not be kept
   */
  public static ManifestEntry fallback(
      AttemptRecord rejected, long seed, StoredImage stored, Description sampler) {
    Double quality = rejected.quality();
    if (quality == null) {
      throw new IllegalArgumentException(
          "an image without a quality may not be kept: slot "
              + rejected.slot()
              + ", attempt "
              + rejected.attempt());
    }
    return new ManifestEntry(
        rejected.slot(),
        rejected.attempt(),
        seed,
        rejected.labels(),
        rejected.prompt(),
        rejected.negativePrompt(),
        stored.file(),
        stored.sha256(),
        rejected.functionEvaluations(),
        rejected.audited(),
        new Fallback(rejected.reasons(), quality),
        rejected.scores(),
        sampler);
  }

  /** Whether the filter rejected it. */
  public boolean isFallback() {
    return fallback != null;
  }

  static void requireOrdinals(int slot, int attempt) {
    if (slot < 0 || attempt < 0) {
      throw new IllegalArgumentException(
          "slots and attempts count from 0, and this is slot " + slot + ", attempt " + attempt);
    }
  }

  /** The prompt and the negative prompt. */
  public Prompt fullPrompt() {
    return new Prompt(prompt, negativePrompt);
  }
}
