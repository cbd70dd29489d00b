package io.github.iaa4j.core.run;

import io.github.iaa4j.core.sampling.SamplerInfo;
import java.util.List;
import java.util.Map;

/**
 * A line of {@code manifest.jsonl}: an accepted image and all that is needed to paint it again.
 *
 * @param slot the slot's ordinal
 * @param attempt which attempt was accepted, from 0
 * @param seed the seed of its noise
 * @param labels the classes that it shows
 * @param prompt the text that was painted
 * @param negativePrompt what was kept out
 * @param file the image's path in the run's folder, with forward slashes
 * @param sha256 of the file, lower-case hexadecimal
 * @param functionEvaluations UNet batch rows spent on it
 * @param audited whether a preview would have dropped it, and it was painted to the end as a check
 * @param lastResort whether the filter rejected it, and it was kept because all attempts of its
 *     slot were used and none was better
 * @param scores what the filter measured
 * @param sampler what painted it
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
    boolean lastResort,
    Map<String, Double> scores,
    SamplerInfo sampler) {}
