package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The plan of one denoising run of a fixed number of steps: the timesteps that the model is
 * evaluated at, and how its output moves the latents.
 *
 * <p>Immutable, so that all jobs share one. What a solver must remember of a job lives with the
 * job, in its {@link Trajectory}.
 */
public interface Scheduler {

  /** The class as diffusers names it. */
  String name();

  /**
   * How often the model is evaluated, at least once. Solvers with several evaluations a step, such
   * as Heun's, have more of these than the run requests; all indices here count them.
   */
  int steps();

  /**
   * The timestep input of the model at a step: usually 0 to the number of training timesteps. May
   * have a fraction.
   */
  float timestep(int step);

  /**
   * Whether the model needs the fractions of timesteps, as where these are logarithms of noise
   * levels: truncated to integers they all but coincide, and the images are wrong.
   */
  default boolean takesFractionalTimesteps() {
    return false;
  }

  /** The standard deviation of the initial latents: unit noise is multiplied by it. */
  float initialScale();

  /** What latents are multiplied by before they are the model's input at a step. */
  float inputScale(int step);

  /**
   * How many arrays of the latents' length the solver keeps for a job: past outputs and scratch.
   */
  int modelOutputHistory();

  /**
   * The step at which a job begins that starts from an image and leaves steps out, as image to
   * image does: {@code begin_index} of diffusers. Steps are identified by index, because timesteps
   * may repeat.
   *
   * @param skipped how many of the requested steps are left out
   * @throws io.github.iaa4j.core.error.ModelException if the solver has to take its first steps
   */
  default int begin(int skipped) {
    return skipped;
  }

  /**
   * One step of the solver.
   *
   * @param step that follows the one that the job took last, or {@link Trajectory#begin()}
   * @param modelOutput the model's prediction after guidance, {@code [C, h, w]}; not changed
   * @param trajectory its latents are moved to the next noise level in place, and the clean latents
   *     that were predicted on the way are left in it
   */
  void step(int step, float[] modelOutput, Trajectory trajectory);

  /**
   * Noises clean latents to the level that a step starts from.
   *
   * @param clean {@code [C, h, w]}
   * @param noise standard normal, as long
   * @param startStep the step that is taken next
   * @param into filled; may be one of the others
   */
  void addNoise(float[] clean, float[] noise, int startStep, float[] into);
}
