package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.dataset.RgbImage;

/**
 * A finished image.
 *
 * @param job what was asked for
 * @param image what came out
 * @param functionEvaluations UNet batch rows spent on it: two a step with guidance, one without
 */
public record GeneratedImage(GenerationJob job, RgbImage image, int functionEvaluations) {}
