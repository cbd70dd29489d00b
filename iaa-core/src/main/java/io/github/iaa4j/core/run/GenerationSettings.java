package io.github.iaa4j.core.run;

import io.github.iaa4j.core.sampling.SamplerInfo;

/**
 * The file {@code painting.json}: what decides the images of a run besides its prompts and seed. A
 * run goes on only with the settings that it began with.
 *
 * @param sampler what paints
 * @param filter the filter and its thresholds, as text
 * @param attempts attempts a slot has
 * @param distinct bits within which accepted images count as duplicates, or -1
 * @param fill whether a slot that used all its attempts gets the best of its rejected images
 * @param auditShare the share of drops that are painted to the end as a check
 */
public record GenerationSettings(
    SamplerInfo sampler,
    String filter,
    int attempts,
    int distinct,
    boolean fill,
    double auditShare) {}
