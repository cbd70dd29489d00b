package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The noise of one job. The same draw gives the same numbers whenever and however often it is made.
 */
@FunctionalInterface
public interface NoiseSource {

  /**
   * Fills an array with standard normal noise.
   *
   * @param draw which noise, that of steps from 0 up and that of beginnings from -1 down; other
   *     draws are independent of it
   * @param into filled
   */
  void fill(int draw, float[] into);
}
