package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Heun's method on the probability flow ODE: Karras et al., arXiv 2206.00364, algorithm 1. The
 * model is evaluated at both ends of every step but the last one:
 *
 * <pre>
 * d  = (x - x0) / sigma          y  = x + d * (sigma' - sigma)
 * d' = (y - y0) / sigma'         x' = x + (d + d') / 2 * (sigma' - sigma)
 * </pre>
 *
 * <p>Behaves as {@code HeunDiscreteScheduler} of diffusers. {@link #steps()} counts both
 * evaluations: one less than twice the requested steps.
 */
final class HeunDiscreteScheduler extends VarianceExplodingScheduler {

  private static final int DERIVATIVE = 0;
  private static final int START = 1;

  private final SampleClipping limit;

  HeunDiscreteScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE),
        Sigmas.varianceExploding(options, noise, request, options.sigmaSchedule(false), 0)
            .doubled());
    limit = SampleClipping.clip(options, false);
  }

  @Override
  public int modelOutputHistory() {
    return 2;
  }

  @Override
  public int begin(int skipped) {
    return 2 * skipped;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    boolean isFirst = (step - trajectory.begin()) % 2 == 0;
    float sigma = sigma(step);
    float move = isFirst ? sigma(step + 1) - sigma : sigma - sigma(step - 1);
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] derivative = trajectory.history(DERIVATIVE);
    float[] start = trajectory.history(START);
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = limit.clip(x0(x, modelOutput[i], sigma));
      float d = (x - x0) / sigma;
      denoised[i] = x0;
      if (isFirst) {
        derivative[i] = d;
        start[i] = x;
        latents[i] = x + d * move;
      } else {
        latents[i] = start[i] + (derivative[i] + d) / 2 * move;
      }
    }
  }
}
