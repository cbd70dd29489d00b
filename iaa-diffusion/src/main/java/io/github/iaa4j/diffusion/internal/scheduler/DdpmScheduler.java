package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Denoising diffusion probabilistic models: Ho, Jain, Abbeel, arXiv 2006.11239, equations 6 and 7
 * over the timesteps of the run. With {@code alpha = alphaBar / alphaBar'} and {@code beta = 1 -
 * alpha}:
 *
 * <pre>
 * x' = sqrt(alphaBar') * beta / (1 - alphaBar) * x0
 *    + sqrt(alpha) * (1 - alphaBar') / (1 - alphaBar) * x + s * noise
 * s^2 = (1 - alphaBar') / (1 - alphaBar) * beta      fixed_small; fixed_large: beta
 * </pre>
 *
 * <p>Behaves as {@code DDPMScheduler} of diffusers. Learned variances need a model with twice the
 * channels and are refused; so is {@code fixed_large_log}, which is not a number there.
 */
final class DdpmScheduler extends TimestepScheduler {

  private static final int SCRATCH = 0;

  private final SampleClipping limit;
  private final boolean isLarge;

  DdpmScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        noise,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE),
        options.wholeTimesteps(
            request, options.spacing(Spacing.LEADING), request.steps(), noise.timesteps()));
    limit = SampleClipping.thresholdOr(SampleClipping.clip(options, true), options);
    isLarge =
        options
            .oneOf("variance_type", "fixed_small", "fixed_small_log", "fixed_large")
            .equals("fixed_large");
  }

  @Override
  public int modelOutputHistory() {
    return 1;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    int timestep = wholeTimestep(step);
    float alphaCumprod = noise.alphaCumprod(timestep);
    float nextAlphaCumprod = isLast(step) ? 1 : noise.alphaCumprod(wholeTimestep(step + 1));
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    float stepAlpha = alphaCumprod / nextAlphaCumprod;
    float beta = 1 - stepAlpha;
    float x0Weight = (float) Math.sqrt(nextAlphaCumprod) * beta / (1 - alphaCumprod);
    float xWeight = (float) Math.sqrt(stepAlpha) * (1 - nextAlphaCumprod) / (1 - alphaCumprod);
    float small = Math.max((1 - nextAlphaCumprod) / (1 - alphaCumprod) * beta, 1e-20f);
    float deviation = timestep == 0 ? 0 : (float) Math.sqrt(isLarge ? beta : small);

    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] fresh = trajectory.history(SCRATCH);
    float bound = limit.bound(prediction, latents, modelOutput, alpha, sigma, fresh);
    trajectory.drawNoise(step, fresh);
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = limit.apply(prediction.x0(x, modelOutput[i], alpha, sigma), bound);
      denoised[i] = x0;
      latents[i] = x0Weight * x0 + xWeight * x + deviation * fresh[i];
    }
  }
}
