package io.github.iaa4j.core.run;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.settings.Description;
import java.util.List;
import java.util.Objects;

/**
 * The file {@code generation.json}: what decides the images of a run besides its prompts and seed.
 * A run is resumed only with the settings that it was started with.
 *
 * @param sampler what generates, with all its settings
 * @param filter the filter with its scorer and all thresholds
 * @param attempts attempts that a slot has in a round
 * @param distinct bits within which accepted images count as duplicates, or -1
 * @param fillExhausted whether a slot that used all its attempts gets the best of its rejected
 *     images
 * @param auditShare the share of drops that are generated to the end as a check
 * @param encoding the format of the images: what the filter judges is what the file shows
 */
public record GenerationSettings(
    Description sampler,
    Description filter,
    int attempts,
    int distinct,
    boolean fillExhausted,
    double auditShare,
    ImageEncoding encoding) {

  /**
   * @throws IllegalArgumentException if there is less than 1 attempt
   */
  public GenerationSettings {
    Objects.requireNonNull(sampler, "sampler");
    Objects.requireNonNull(filter, "filter");
    Objects.requireNonNull(encoding, "encoding");
    if (attempts < 1) {
      throw new IllegalArgumentException("a slot has at least 1 attempt, not " + attempts);
    }
  }

  /** The differences between these and other settings, one phrase each; empty if they are equal. */
  public List<String> differences(GenerationSettings now) {
    Differences differences = new Differences();
    differences.compare("sampler", sampler, now.sampler);
    differences.compare("filter", filter, now.filter);
    differences.compare("attempts", attempts, now.attempts);
    differences.compare("distinct", distinct, now.distinct);
    differences.compare("fillExhausted", fillExhausted, now.fillExhausted);
    differences.compare("auditShare", auditShare, now.auditShare);
    differences.compare("encoding", encoding, now.encoding);
    return differences.found();
  }
}
