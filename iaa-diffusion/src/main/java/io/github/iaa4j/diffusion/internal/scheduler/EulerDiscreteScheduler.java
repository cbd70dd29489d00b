package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Euler's method on the probability flow ODE: Karras et al., arXiv 2206.00364, algorithm 2 without
 * its second-order correction and without churn. Latents are variance exploding, {@code x = x0 +
 * sigma * epsilon}:
 *
 * <pre>
 * d  = (x - x0) / sigma
 * x' = x + d * (sigma' - sigma)
 * </pre>
 *
 * <p>Behaves as {@code EulerDiscreteScheduler} of diffusers.
 */
final class EulerDiscreteScheduler implements Scheduler {

  static final String NAME = "EulerDiscreteScheduler";

  private final Prediction prediction;
  private final float[] timesteps;
  private final float[] sigmas;
  private final float initialScale;

  EulerDiscreteScheduler(SchedulerConfig config, NoiseSchedule noise, int steps) {
    config.only("interpolation_type", "linear");
    config.only("use_exponential_sigmas", false);
    config.only("use_beta_sigmas", false);
    config.only("timestep_type", "discrete");
    config.refuse("sigma_min");
    config.refuse("sigma_max");
    prediction = config.prediction();
    Spacing spacing = config.spacing(Spacing.LINSPACE);
    int trained = noise.timesteps();
    double[] spread = spacing.timesteps(steps, trained, config.integer("steps_offset", 0));
    double[] levels = new double[steps];
    for (int i = 0; i < steps; i++) {
      spread[i] = (float) spread[i];
      if (spread[i] < 0 || spread[i] > trained - 1) {
        throw config.outside(spread[i], trained);
      }
      levels[i] = noise.sigmaAt(spread[i]);
    }
    if (config.flag("use_karras_sigmas", false)) {
      levels = Karras.sigmas(levels[0], levels[steps - 1], steps);
      for (int i = 0; i < steps; i++) {
        spread[i] = noise.timestepOf(levels[i]);
      }
    }
    timesteps = new float[steps];
    sigmas = new float[steps + 1];
    for (int i = 0; i < steps; i++) {
      timesteps[i] = (float) spread[i];
      sigmas[i] = (float) levels[i];
    }
    sigmas[steps] = config.finalSigmaIsZero() ? 0 : noise.sigma(0);
    initialScale =
        spacing == Spacing.LEADING ? (float) Math.sqrt(sigmas[0] * sigmas[0] + 1) : sigmas[0];
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int steps() {
    return timesteps.length;
  }

  @Override
  public float timestep(int step) {
    return timesteps[step];
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  float sigma(int step) {
    return sigmas[step];
  }

  @Override
  public float initialScale() {
    return initialScale;
  }

  @Override
  public float inputScale(int step) {
    return 1 / (float) Math.sqrt(sigmas[step] * sigmas[step] + 1);
  }

  @Override
  public void step(int step, float[] modelOutput, float[] latents, float[] denoised) {
    float sigma = sigmas[step];
    float nextSigma = sigmas[step + 1];
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = x0(x, modelOutput[i], sigma);
      float derivative = (x - x0) / sigma;
      denoised[i] = x0;
      latents[i] = x + derivative * (nextSigma - sigma);
    }
  }

  private float x0(float x, float output, float sigma) {
    return switch (prediction) {
      case EPSILON -> x - sigma * output;
      case V_PREDICTION ->
          output * (-sigma / (float) Math.sqrt(sigma * sigma + 1)) + x / (sigma * sigma + 1);
      case SAMPLE -> output;
    };
  }
}
