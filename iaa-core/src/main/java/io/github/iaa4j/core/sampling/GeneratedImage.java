package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.dataset.RgbImage;

/**
 * A finished image.
 *
 * @param job what was asked for
 * @param image of the sampler's size
 * @param functionEvaluations rows of the UNet spent on it: two per step with guidance, one without
 */
public record GeneratedImage(GenerationJob job, RgbImage image, int functionEvaluations) {}
