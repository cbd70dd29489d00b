package io.github.iaa4j.diffusion.internal.pipeline;

/**
 * Classifier-free guidance: Ho, Salimans, arXiv 2207.12598, in the form {@code unconditional +
 * scale * (conditional - unconditional)}.
 *
 * <p>It can be rescaled against overexposure: Lin et al., arXiv 2305.08891, section 3.4. And it can
 * be limited to an interval of the steps, outside which the unconditional rows are not computed:
 * Kynkäänniemi et al., arXiv 2404.07724. Steps are those of {@code Scheduler.steps}: solvers that
 * evaluate the model twice a step have twice as many. {@code ClassifierFreeGuidance} of diffusers
 * rounds the shares down in the same way.
 *
 * @param scale guidance is on where it is above 1
 * @param rescale how much of the conditional prediction's standard deviation is restored, 0 to 1
 * @param start of the interval, as a share of the steps, 0 to 1
 * @param stop of the interval, exclusive, as a share of the steps, 0 to 1
 */
public record Guidance(double scale, double rescale, double start, double stop) {

  /**
   * Whether any step of a run of this length is guided, so that negative prompts have an effect.
   */
  public boolean isOn(int steps) {
    return scale > 1 && (int) (start * steps) < (int) (stop * steps);
  }

  /** Whether some steps are left out. */
  public boolean isLimited() {
    return start != 0 || stop != 1;
  }

  /** Whether a step is guided. */
  public boolean isOnAt(int step, int steps) {
    return scale > 1 && step >= (int) (start * steps) && step < (int) (stop * steps);
  }

  /**
   * How far apart the two predictions for one image are: the root mean square of their difference
   * over that of the unconditional one, or 0 where that is 0.
   */
  static float norm(float[] unconditional, float[] conditional) {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < conditional.length; i++) {
      double apart = conditional[i] - unconditional[i];
      difference += apart * apart;
      size += (double) unconditional[i] * unconditional[i];
    }
    return size == 0 ? 0 : (float) Math.sqrt(difference / size);
  }

  /** Combines the two predictions for one image; the result replaces the conditional one. */
  void apply(float[] unconditional, float[] conditional) {
    float factor = (float) scale;
    double before = rescale == 0 ? 0 : standardDeviation(conditional);
    for (int i = 0; i < conditional.length; i++) {
      conditional[i] = unconditional[i] + factor * (conditional[i] - unconditional[i]);
    }
    if (rescale == 0) {
      return;
    }
    float kept = (float) (rescale * (before / standardDeviation(conditional)) + (1 - rescale));
    for (int i = 0; i < conditional.length; i++) {
      conditional[i] *= kept;
    }
  }

  /** Unbiased, as torch counts it. */
  private static double standardDeviation(float[] values) {
    double mean = 0;
    for (float value : values) {
      mean += value;
    }
    mean /= values.length;
    double squares = 0;
    for (float value : values) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (values.length - 1));
  }
}
