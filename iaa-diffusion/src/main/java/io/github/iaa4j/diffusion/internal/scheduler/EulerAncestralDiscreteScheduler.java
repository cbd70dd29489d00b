package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Ancestral sampling with Euler's method: a step of {@link EulerDiscreteScheduler} that goes down
 * further, to {@code sigma_down}, and back up with new noise, so that the variances are those of
 * the posterior (Song et al., arXiv 2011.13456, appendix F):
 *
 * <pre>
 * sigma_up^2   = sigma'^2 * (sigma^2 - sigma'^2) / sigma^2
 * sigma_down^2 = sigma'^2 - sigma_up^2
 * x' = x + (x - x0) / sigma * (sigma_down - sigma) + sigma_up * noise
 * </pre>
 *
 * <p>Behaves as {@code EulerAncestralDiscreteScheduler} of diffusers, which has no sigma schedules.
 */
final class EulerAncestralDiscreteScheduler extends VarianceExplodingScheduler {

  private static final int FRESH = 0;

  EulerAncestralDiscreteScheduler(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION),
        Sigmas.varianceExploding(options, noise, request, SigmaSchedule.TIMESTEPS, 0));
  }

  @Override
  public int modelOutputHistory() {
    return 1;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float sigma = sigma(step);
    float next = sigma(step + 1);
    float upVariance = next * next * (sigma * sigma - next * next) / (sigma * sigma);
    float up = (float) Math.sqrt(upVariance);
    float move = (float) Math.sqrt(next * next - upVariance) - sigma;
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] fresh = trajectory.history(FRESH);
    trajectory.drawNoise(step, fresh);
    predict(step, modelOutput, trajectory);
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      latents[i] = x + (x - denoised[i]) / sigma * move + up * fresh[i];
    }
  }
}
