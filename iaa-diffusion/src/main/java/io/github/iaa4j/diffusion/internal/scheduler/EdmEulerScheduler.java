package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Euler's method for models with EDM's preconditioning: Karras et al., arXiv 2206.00364, algorithm
 * 2 without its second-order correction and without churn, which the pipelines of diffusers leave
 * at 0. With D as in {@link EdmPreconditioning}:
 *
 * <pre>
 * d  = (x - D(x; sigma)) / sigma
 * x' = x + d * (sigma' - sigma)
 * </pre>
 *
 * <p>Behaves as {@code EDMEulerScheduler} of diffusers. It takes no sigmas of a run's own: the
 * class in diffusers reads them as places on its ramp, and its pipelines crash.
 */
final class EdmEulerScheduler implements Scheduler {

  private final EdmPreconditioning preconditioning;
  private final String name;
  private final Sigmas levels;

  EdmEulerScheduler(SchedulerOptions options, TimestepRequest request) {
    name = options.schedulerName();
    preconditioning = new EdmPreconditioning(options);
    double[] sigmas = preconditioning.sigmas(request.steps());
    levels =
        preconditioning.levels(
            sigmas, options.finalSigmaIsZero() ? 0 : (float) sigmas[sigmas.length - 1]);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int steps() {
    return levels.steps();
  }

  @Override
  public float timestep(int step) {
    return levels.timestep(step);
  }

  @Override
  public boolean takesFractionalTimesteps() {
    return true;
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  float sigma(int index) {
    return levels.sigma(index);
  }

  @Override
  public float initialScale() {
    return preconditioning.initialScale();
  }

  @Override
  public float inputScale(int step) {
    return preconditioning.inputScale(sigma(step));
  }

  @Override
  public int modelOutputHistory() {
    return 0;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float sigma = sigma(step);
    float move = sigma(step + 1) - sigma;
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    preconditioning.denoise(latents, modelOutput, sigma, denoised);
    for (int i = 0; i < latents.length; i++) {
      latents[i] += (latents[i] - denoised[i]) / sigma * move;
    }
  }

  @Override
  public void addNoise(float[] clean, float[] epsilon, int startStep, float[] into) {
    float sigma = sigma(startStep);
    for (int i = 0; i < into.length; i++) {
      into[i] = clean[i] + sigma * epsilon[i];
    }
  }
}
