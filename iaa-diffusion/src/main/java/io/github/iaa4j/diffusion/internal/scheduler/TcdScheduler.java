package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Strategic stochastic sampling of a trajectory consistency model: Zheng et al., arXiv 2402.19159.
 * The step goes down to {@code s = (1 - eta) * t'}, and back up to t' with new noise:
 *
 * <pre>
 * y  = sqrt(alphaBar_s) * x0 + sqrt(1 - alphaBar_s) * epsilon
 * x' = sqrt(alphaBar' / alphaBar_s) * y + sqrt(1 - alphaBar' / alphaBar_s) * noise     last step: y
 * </pre>
 *
 * <p>Behaves as {@code TCDScheduler} of diffusers; timesteps are those of {@link LcmScheduler}.
 * Eta, their gamma, is 0 unless the config has a key {@code eta}, as the pipelines of diffusers
 * have it as an argument; the paper takes 0.3.
 */
final class TcdScheduler extends TimestepScheduler {

  private static final int SCRATCH = 0;

  private final boolean isStochastic;
  private final float lowFraction;

  TcdScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        noise,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE),
        LcmScheduler.distilledTimesteps(options, request, noise.timesteps()));
    double eta = options.fraction("eta", 0);
    isStochastic = eta > 0;
    lowFraction = (float) (1 - eta);
  }

  @Override
  public int modelOutputHistory() {
    return isStochastic ? 1 : 0;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float alphaCumprod = noise.alphaCumprod(wholeTimestep(step));
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    int next = isLast(step) ? 0 : wholeTimestep(step + 1);
    float lowAlphaCumprod = noise.alphaCumprod((int) (lowFraction * next));
    float lowAlpha = alpha(lowAlphaCumprod);
    float lowSigma = sigma(lowAlphaCumprod);
    boolean isNoised = isStochastic && !isLast(step);
    float kept = isNoised ? noise.alphaCumprod(next) / lowAlphaCumprod : 1;
    float yWeight = alpha(kept);
    float deviation = sigma(kept);

    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] fresh = isStochastic ? trajectory.history(SCRATCH) : latents;
    if (isNoised) {
      trajectory.drawNoise(step, fresh);
    }
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = prediction.x0(x, modelOutput[i], alpha, sigma);
      float epsilon = prediction.epsilon(x, modelOutput[i], alpha, sigma);
      denoised[i] = x0;
      latents[i] = yWeight * (lowAlpha * x0 + lowSigma * epsilon) + deviation * fresh[i];
    }
  }
}
