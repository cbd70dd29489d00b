package io.github.iaa4j.diffusion.internal.pipeline;

/**
 * Classifier-free guidance: Ho, Salimans, arXiv 2207.12598, in the form {@code unconditional +
 * scale * (conditional - unconditional)}.
 *
 * <p>It can be rescaled against overexposure: Lin et al., arXiv 2305.08891, section 3.4. And it can
 * be limited to an interval of the steps, outside which the unconditional half is not computed:
 * Kynkäänniemi et al., arXiv 2404.07724. Steps are the looks of {@code Scheduler.steps}: solvers
 * that look twice a step have twice as many. {@code ClassifierFreeGuidance} of diffusers cuts the
 * shares to whole numbers in the same way.
 *
 * @param scale on where it is above 1
 * @param rescale how much of the conditional answer's standard deviation is brought back, 0 to 1
 * @param start of the interval, as a share of the steps, 0 to 1
 * @param stop of the interval, exclusive, as a share of the steps, 0 to 1
 */
public record Guidance(double scale, double rescale, double start, double stop) {

  /** Guidance at every step, not rescaled. */
  public static Guidance of(double scale) {
    return new Guidance(scale, 0, 0, 1);
  }

  /** Whether any of so many steps is guided, so that negative prompts mean something. */
  public boolean isOn(int steps) {
    return scale > 1 && (int) (start * steps) < (int) (stop * steps);
  }

  /** Whether a step is guided. */
  boolean isOnAt(int step, int steps) {
    return scale > 1 && step >= (int) (start * steps) && step < (int) (stop * steps);
  }

  /** Joins the two answers for one image; the guided one takes the conditional one's place. */
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
