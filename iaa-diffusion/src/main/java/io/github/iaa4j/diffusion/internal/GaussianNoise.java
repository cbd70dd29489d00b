package io.github.iaa4j.diffusion.internal;

import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;

/**
 * Standard normal numbers from a seed, the same on every machine and Java version.
 *
 * <p>SplitMix64 (Steele, Lea, Flood: <em>Fast Splittable Pseudorandom Number Generators</em>,
 * OOPSLA 2014) feeds the polar method (Marsaglia, Bray: <em>A Convenient Method for Generating
 * Normal Variables</em>, SIAM Review 6, 1964). {@code java.util.random} does not say how {@code
 * nextGaussian} draws, so another Java version could draw other noise for the same seed; {@code
 * Math.log} may differ between processors, {@code StrictMath} does not.
 */
public final class GaussianNoise implements NoiseSource {

  private static final double UNIT = 0x1.0p-53;

  private final long seed;
  private long state;

  public GaussianNoise(long seed) {
    this.seed = seed;
    state = seed;
  }

  /**
   * {@inheritDoc}
   *
   * <p>Each draw is a stream of its own, so that a job which was parked needs nothing but its seed.
   * {@link #fill(float[])} goes on with the first stream, which is none of these.
   */
  @Override
  public void fill(int draw, float[] into) {
    long first = state;
    state = mix(mix(seed) + draw + 1);
    fill(into);
    state = first;
  }

  /** Fills the array with independent draws of mean 0 and standard deviation 1. */
  public void fill(float[] values) {
    for (int i = 0; i < values.length; i += 2) {
      double u;
      double v;
      double square;
      do {
        u = 2 * uniform() - 1;
        v = 2 * uniform() - 1;
        square = u * u + v * v;
      } while (square >= 1 || square == 0);
      double radius = Math.sqrt(-2 * StrictMath.log(square) / square);
      values[i] = (float) (u * radius);
      if (i + 1 < values.length) {
        values[i + 1] = (float) (v * radius);
      }
    }
  }

  private double uniform() {
    state += 0x9E3779B97F4A7C15L;
    return (mix(state) >>> 11) * UNIT;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
