package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The state of one job from noise to an image: all that a {@link Scheduler} keeps of it between two
 * steps. Can be parked at any step; two jobs share nothing. For one thread at a time.
 */
public final class Trajectory {

  private final float[] latents;
  private final float[] denoised;
  private final float[][] histories;
  private final NoiseSource noise;
  private final int begin;

  /**
   * @param scheduler whose steps the job takes
   * @param latents {@code [C, h, w]} at the noise level of the first step; changed in place from
   *     now on
   * @param noise the job's own
   * @param begin the step that the job takes first, 0 unless it starts from an image; see {@link
   *     Scheduler#begin}
   */
  public Trajectory(Scheduler scheduler, float[] latents, NoiseSource noise, int begin) {
    this.latents = latents;
    this.noise = noise;
    this.begin = begin;
    denoised = new float[latents.length];
    histories = new float[scheduler.modelOutputHistory()][latents.length];
  }

  /** The latents as they stand, {@code [C, h, w]}. */
  public float[] latents() {
    return latents;
  }

  /** The clean latents that the model predicted at the last step, {@code [C, h, w]}. */
  public float[] denoised() {
    return denoised;
  }

  /** The step that the job took first. A solver has no history before it. */
  public int begin() {
    return begin;
  }

  /** One of the arrays of {@link Scheduler#modelOutputHistory}; zeros at first. */
  float[] history(int index) {
    return histories[index];
  }

  /** Fills an array with the noise of a step. */
  void drawNoise(int step, float[] into) {
    noise.fill(step, into);
  }
}
