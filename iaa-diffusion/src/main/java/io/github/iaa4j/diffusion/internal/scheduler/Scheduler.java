package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The plan of one denoising run of a fixed number of steps: which timesteps the model is asked
 * about, and how its answer moves the latents.
 *
 * <p>Immutable, so that all jobs share one. What a solver must remember of a job lives with the
 * job, in its {@link Trajectory}.
 */
public interface Scheduler {

  /** The class as diffusers names it. */
  String name();

  /**
   * How often the model is asked, at least once. Solvers that ask twice a step, such as Heun's,
   * have more of these than the run was asked for; everything here counts them.
   */
  int steps();

  /**
   * What the model is told at a step: usually 0 to the number of training timesteps. May have a
   * fraction.
   */
  float timestep(int step);

  /**
   * Whether the fractions of timesteps are what the model is told, as those of logarithms of noise
   * levels are: cut to whole numbers they all but coincide, and the images are wrong.
   */
  default boolean tellsFractions() {
    return false;
  }

  /** The standard deviation of the initial latents: unit noise is multiplied by it. */
  float initialScale();

  /** What latents are multiplied with before the model sees them at a step. */
  float inputScale(int step);

  /** How many arrays of the latents' length a job keeps for the solver. */
  int histories();

  /**
   * The step at which a job begins that starts from an image and leaves steps out, as image to
   * image does: {@code begin_index} of diffusers. A step is meant by its index, so that equal
   * timesteps make no difference.
   *
   * @param skipped how many of the steps that the run was asked for are left out
   * @throws io.github.iaa4j.core.error.ModelException if the solver has to take its first steps
   */
  default int begin(int skipped) {
    return skipped;
  }

  /**
   * One step of the solver.
   *
   * @param step that follows the one that the job took last, or {@link Trajectory#begin()}
   * @param modelOutput what the model answered, after guidance; as long as the latents
   * @param job its latents are moved to the next noise level in place, and the clean latents that
   *     were predicted on the way are left in it
   */
  void step(int step, float[] modelOutput, Trajectory job);

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
