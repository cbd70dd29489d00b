package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Multistep sampling of a latent consistency model: Luo, Tan, Huang, Li, Zhao, arXiv 2310.04378,
 * with the boundary condition of Song et al., arXiv 2303.01469, equation 5:
 *
 * <pre>
 * c  = out(t) * x0 + skip(t) * x
 * x' = sqrt(alphaBar') * c + sqrt(1 - alphaBar') * noise        last step: c
 * </pre>
 *
 * <p>Behaves as {@code LCMScheduler} of diffusers: the timesteps are picked from those that the
 * model was distilled at, by rounding down evenly spaced indices; there is no other spacing.
 */
final class LcmScheduler extends TimestepScheduler {

  private static final double SIGMA_DATA = 0.5;
  private static final int SCRATCH = 0;

  private final SampleClipping limit;
  private final double scaling;

  LcmScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        noise,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE),
        distilledTimesteps(options, request, noise.timesteps()));
    limit = SampleClipping.thresholdOr(SampleClipping.clip(options, false), options);
    scaling = options.positive("timestep_scaling", 10);
  }

  /** Timesteps picked from the evenly spaced ones of a distillation. */
  static int[] distilledTimesteps(SchedulerOptions options, TimestepRequest request, int trained) {
    if (request.timesteps() != null) {
      return options.wholeTimesteps(request, Spacing.LEADING, request.steps(), trained);
    }
    int distilled = options.integer("original_inference_steps", 50);
    if (distilled < request.steps() || distilled > trained) {
      throw options.unexpected(
          "original_inference_steps",
          "a number from the run's steps, "
              + request.steps()
              + ", to num_train_timesteps, "
              + trained);
    }
    int[] timesteps = new int[request.steps()];
    double stride = distilled / (double) timesteps.length;
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (distilled - (int) (i * stride)) * (trained / distilled) - 1;
    }
    return timesteps;
  }

  @Override
  public int modelOutputHistory() {
    return 1;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    int timestep = wholeTimestep(step);
    float alphaCumprod = noise.alphaCumprod(timestep);
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    double scaled = timestep * scaling;
    double square = scaled * scaled + SIGMA_DATA * SIGMA_DATA;
    float skip = (float) (SIGMA_DATA * SIGMA_DATA / square);
    float out = (float) (scaled / Math.sqrt(square));
    float nextAlphaCumprod = isLast(step) ? 1 : noise.alphaCumprod(wholeTimestep(step + 1));
    float nextAlpha = alpha(nextAlphaCumprod);
    float nextSigma = sigma(nextAlphaCumprod);

    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] fresh = trajectory.history(SCRATCH);
    float bound = limit.bound(prediction, latents, modelOutput, alpha, sigma, fresh);
    trajectory.drawNoise(step, fresh);
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = limit.apply(prediction.x0(x, modelOutput[i], alpha, sigma), bound);
      denoised[i] = out * x0 + skip * x;
      latents[i] = nextAlpha * denoised[i] + nextSigma * fresh[i];
    }
  }
}
