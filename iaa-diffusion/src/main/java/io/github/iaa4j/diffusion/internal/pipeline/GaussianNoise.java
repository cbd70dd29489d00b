package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;

/**
 * Standard normal numbers from a seed, the same on every machine and Java version.
 *
 * <p>SplitMix64 (Steele, Lea, Flood: <em>Fast Splittable Pseudorandom Number Generators</em>,
 * OOPSLA 2014) feeds the polar method (Marsaglia, Bray: <em>A Convenient Method for Generating
 * Normal Variables</em>, SIAM Review 6, 1964). {@code java.util.random} does not say how {@code
 * nextGaussian} draws, so another Java version could draw other noise for the same seed; {@code
 * Math.log} may differ between processors, and {@code StrictMath.log}, which does not, is a slow
 * call before Java 21; so the logarithm is computed here.
 */
public final class GaussianNoise implements NoiseSource {

  private static final double UNIT = 0x1.0p-53;

  private static final double LN2 = 0.6931471805599453;
  private static final long SQRT_HALF = Double.doubleToRawLongBits(Math.sqrt(0.5));

  /** How many points are drawn before their radii are computed. */
  private static final int PAIRS = 64;

  private final double[] us = new double[PAIRS];
  private final double[] vs = new double[PAIRS];
  private final double[] squares = new double[PAIRS];
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
   * {@link #fill(float[])} continues the first stream, which is separate from these.
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
    for (int start = 0; start < values.length; start += 2 * PAIRS) {
      int pairs = Math.min(PAIRS, (values.length - start + 1) / 2);
      drawPoints(pairs);
      for (int k = 0; k < pairs; k++) {
        double radius = Math.sqrt(-2 * log(squares[k]) / squares[k]);
        us[k] *= radius;
        vs[k] *= radius;
      }
      for (int k = 0; k < pairs; k++) {
        int i = start + 2 * k;
        values[i] = (float) us[k];
        if (i + 1 < values.length) {
          values[i + 1] = (float) vs[k];
        }
      }
    }
  }

  /**
   * Draws points of the unit disc other than its centre. One outside is overwritten by the next: a
   * branch would be mispredicted every fifth time.
   */
  @SuppressWarnings("ShortCircuitBoolean") // would be that branch
  private void drawPoints(int pairs) {
    int inside = 0;
    while (inside < pairs) {
      double u = 2 * uniform() - 1;
      double v = 2 * uniform() - 1;
      double square = u * u + v * v;
      us[inside] = u;
      vs[inside] = v;
      squares[inside] = square;
      inside += square < 1 & square != 0 ? 1 : 0;
    }
  }

  private double uniform() {
    state += 0x9E3779B97F4A7C15L;
    return (mix(state) >>> 11) * UNIT;
  }

  /**
   * The natural logarithm, within 4 units in the last place: {@code x = 2^k m} with m around 1, and
   * {@code log m = 2 atanh s}, where {@code s = (m - 1) / (m + 1)}, by its Taylor series. s² is at
   * most 0.0295, so that the first term left out is below 1e-17 of the whole.
   *
   * @param x positive, finite and normal
   */
  static double log(double x) {
    long bits = Double.doubleToRawLongBits(x);
    long k = (bits - SQRT_HALF) >> 52;
    double m = Double.longBitsToDouble(bits - (k << 52));
    double s = (m - 1) / (m + 1);
    double z = s * s;
    double w = z * z;
    // Two chains, as each waits for its last multiplication.
    double even =
        1 + w * (1 / 5.0 + w * (1 / 9.0 + w * (1 / 13.0 + w * (1 / 17.0 + w * (1 / 21.0)))));
    double odd = 1 / 3.0 + w * (1 / 7.0 + w * (1 / 11.0 + w * (1 / 15.0 + w * (1 / 19.0))));
    return k * LN2 + 2 * s * (even + z * odd);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
