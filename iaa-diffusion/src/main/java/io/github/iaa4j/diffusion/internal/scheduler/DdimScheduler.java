package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Denoising diffusion implicit models: Song, Meng, Ermon, arXiv 2010.02502, equation 12 with sigma
 * (there: the noise added back, eta) = 0:
 *
 * <pre>x' = sqrt(alphaBar') * x0 + sqrt(1 - alphaBar') * epsilon</pre>
 *
 * <p>Behaves as {@code DDIMScheduler} of diffusers. The next timestep is always the number of
 * training timesteps divided by the steps further down, whatever the spacing.
 */
final class DdimScheduler implements Scheduler {

  static final String NAME = "DDIMScheduler";

  private final Prediction prediction;
  private final int[] timesteps;
  private final float[] alphaCumprod;
  private final float[] nextAlphaCumprod;
  private final float clip;

  DdimScheduler(SchedulerConfig config, NoiseSchedule noise, int steps) {
    config.only("thresholding", false);
    prediction = config.prediction();
    clip =
        config.flag("clip_sample", true)
            ? (float) config.number("clip_sample_range", 1)
            : Float.POSITIVE_INFINITY;
    float last = config.flag("set_alpha_to_one", true) ? 1 : noise.alphaCumprod(0);
    int trained = noise.timesteps();
    double[] spread =
        config
            .spacing(Spacing.LEADING)
            .timesteps(steps, trained, config.integer("steps_offset", 0));
    timesteps = new int[steps];
    alphaCumprod = new float[steps];
    nextAlphaCumprod = new float[steps];
    for (int i = 0; i < steps; i++) {
      timesteps[i] = (int) Math.rint(spread[i]);
      if (timesteps[i] < 0 || timesteps[i] >= trained) {
        throw config.outside(timesteps[i], trained);
      }
      int next = timesteps[i] - trained / steps;
      alphaCumprod[i] = noise.alphaCumprod(timesteps[i]);
      nextAlphaCumprod[i] = next >= 0 ? noise.alphaCumprod(next) : last;
    }
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

  @Override
  public float initialScale() {
    return 1;
  }

  @Override
  public float inputScale(int step) {
    return 1;
  }

  @Override
  public void step(int step, float[] modelOutput, float[] latents, float[] denoised) {
    float alpha = (float) Math.sqrt(alphaCumprod[step]);
    float sigma = (float) Math.sqrt(1 - alphaCumprod[step]);
    float nextAlpha = (float) Math.sqrt(nextAlphaCumprod[step]);
    float nextSigma = (float) Math.sqrt(1 - nextAlphaCumprod[step]);
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = prediction.x0(x, modelOutput[i], alpha, sigma);
      float epsilon = prediction.epsilon(x, modelOutput[i], alpha, sigma);
      denoised[i] = Math.min(Math.max(x0, -clip), clip);
      latents[i] = nextAlpha * denoised[i] + nextSigma * epsilon;
    }
  }
}
