package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The plan of one denoising run of a fixed number of steps: which timesteps the model is asked
 * about, and how its answer moves the latents.
 *
 * <p>Immutable, so that all jobs share one. What a solver must remember of a job is the clean image
 * that it predicted at the step before, and that lives with the job.
 */
public interface Scheduler {

  /** The class as diffusers names it. */
  String name();

  /** Denoising steps, at least 1. */
  int steps();

  /**
   * What the model is told at a step, 0 to the number of training timesteps. May have a fraction.
   */
  float timestep(int step);

  /** The standard deviation of the initial latents: unit noise is multiplied by it. */
  float initialScale();

  /** What latents are multiplied with before the model sees them at a step. */
  float inputScale(int step);

  /**
   * One step of the solver.
   *
   * @param step from 0
   * @param modelOutput what the model answered, after guidance; as long as the latents
   * @param latents of one job; moved to the next noise level in place
   * @param denoised on entry the clean latents predicted at the step before (anything at step 0),
   *     on return those predicted at this step, unscaled as the latents are
   */
  void step(int step, float[] modelOutput, float[] latents, float[] denoised);
}
