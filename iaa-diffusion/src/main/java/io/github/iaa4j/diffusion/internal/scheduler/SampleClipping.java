package io.github.iaa4j.diffusion.internal.scheduler;

import java.util.Arrays;

/**
 * What keeps predicted clean latents in bounds: nothing, a fixed range, or dynamic thresholding
 * (Saharia et al., arXiv 2205.11487, section 2.3). Used in a solver's loop as {@code apply(x0,
 * bound)}, with the bound of that step.
 */
final class SampleClipping {

  private final float range;
  private final boolean isDynamic;
  private final float ratio;
  private final float max;

  private SampleClipping(float range, boolean isDynamic, float ratio, float max) {
    this.range = range;
    this.isDynamic = isDynamic;
    this.ratio = ratio;
    this.max = max;
  }

  static SampleClipping none() {
    return new SampleClipping(Float.POSITIVE_INFINITY, false, 1, 1);
  }

  /** {@code clip_sample}, for schedulers that have it. */
  static SampleClipping clip(SchedulerOptions options, boolean unlessStated) {
    float range =
        options.flag("clip_sample", unlessStated)
            ? (float) options.positive("clip_sample_range", 1)
            : Float.POSITIVE_INFINITY;
    return new SampleClipping(range, false, 1, 1);
  }

  /** {@code thresholding} where it is on, or else another limit. */
  static SampleClipping thresholdOr(SampleClipping other, SchedulerOptions options) {
    if (!options.flag("thresholding", false)) {
      return other;
    }
    double ratio = options.fraction("dynamic_thresholding_ratio", 0.995);
    return new SampleClipping(
        0, true, (float) ratio, (float) options.positive("sample_max_value", 1));
  }

  /** Whether {@link #bound} looks at the latents, and needs scratch to work in. */
  boolean isDynamic() {
    return isDynamic;
  }

  /**
   * How large predicted clean latents may be at a step.
   *
   * @param latents what the model saw, at that alpha and sigma
   * @param scratch as long as the latents; overwritten where the limit is dynamic
   */
  float bound(
      Prediction prediction,
      float[] latents,
      float[] modelOutput,
      float alpha,
      float sigma,
      float[] scratch) {
    if (!isDynamic) {
      return range;
    }
    for (int i = 0; i < latents.length; i++) {
      scratch[i] = Math.abs(prediction.x0(latents[i], modelOutput[i], alpha, sigma));
    }
    return Math.min(Math.max(quantile(scratch), 1), max);
  }

  /** Brings one number within a limit that is not dynamic. */
  float clip(float x0) {
    return Math.min(Math.max(x0, -range), range);
  }

  /** Brings one number within the bound; with a dynamic one, to at most 1. */
  float apply(float x0, float bound) {
    float clipped = Math.min(Math.max(x0, -bound), bound);
    return isDynamic ? clipped / bound : clipped;
  }

  /** Interpolated between the two nearest ranks, in float32 as torch does. */
  private float quantile(float[] values) {
    Arrays.sort(values);
    float rank = ratio * (values.length - 1);
    int below = (int) rank;
    int above = Math.min(below + 1, values.length - 1);
    float weight = rank - below;
    float gap = values[above] - values[below];
    return weight < 0.5f ? values[below] + weight * gap : values[above] - (1 - weight) * gap;
  }
}
