package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Denoising diffusion implicit models: Song, Meng, Ermon, arXiv 2010.02502, equation 12. With s,
 * their sigma, as eta times the deviation of the posterior (their equation 16):
 *
 * <pre>x' = sqrt(alphaBar') * x0 + sqrt(1 - alphaBar' - s^2) * epsilon + s * noise</pre>
 *
 * <p>Behaves as {@code DDIMScheduler} of diffusers. The next timestep is always the number of
 * training timesteps divided by the steps further down, whatever the spacing. Eta is 0 unless the
 * config has a key {@code eta}, as the pipelines of diffusers have it as an argument.
 */
final class DdimScheduler extends TimestepScheduler {

  private static final int SCRATCH = 0;

  private final SampleClipping limit;
  private final float last;
  private final int stride;
  private final float eta;

  DdimScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        noise,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE),
        options.wholeTimesteps(
            request, options.spacing(Spacing.LEADING), request.steps(), noise.timesteps()));
    limit = SampleClipping.thresholdOr(SampleClipping.clip(options, true), options);
    last = options.flag("set_alpha_to_one", true) ? 1 : noise.alphaCumprod(0);
    stride = noise.timesteps() / request.steps();
    eta = (float) options.fraction("eta", 0);
  }

  @Override
  public int modelOutputHistory() {
    return needsScratch() ? 1 : 0;
  }

  private boolean needsScratch() {
    return eta > 0 || limit.isDynamic();
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    int next = wholeTimestep(step) - stride;
    float alphaCumprod = noise.alphaCumprod(wholeTimestep(step));
    float nextAlphaCumprod = next >= 0 ? noise.alphaCumprod(next) : last;
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    float posterior =
        (1 - nextAlphaCumprod) / (1 - alphaCumprod) * (1 - alphaCumprod / nextAlphaCumprod);
    float deviation = eta == 0 ? 0 : eta * (float) Math.sqrt(posterior);
    float nextAlpha = alpha(nextAlphaCumprod);
    float nextSigma = (float) Math.sqrt(1 - nextAlphaCumprod - deviation * deviation);

    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] fresh = needsScratch() ? trajectory.history(SCRATCH) : latents;
    float bound = limit.bound(prediction, latents, modelOutput, alpha, sigma, fresh);
    if (eta > 0) {
      trajectory.drawNoise(step, fresh);
    }
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = limit.apply(prediction.x0(x, modelOutput[i], alpha, sigma), bound);
      float epsilon = prediction.epsilon(x, modelOutput[i], alpha, sigma);
      denoised[i] = x0;
      latents[i] = nextAlpha * x0 + nextSigma * epsilon + deviation * fresh[i];
    }
  }
}
