package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The noise of one job. The same draw is the same numbers whenever and however often it is asked.
 */
@FunctionalInterface
public interface NoiseSource {

  /**
   * Fills an array with standard normal noise.
   *
   * @param draw which noise, from 0; other draws are independent of it
   * @param into filled
   */
  void fill(int draw, float[] into);
}
