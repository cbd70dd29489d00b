package io.github.iaa4j.toyworld.internal;

import java.util.List;

/**
 * SplitMix64 (Steele, Lea and Flood, 2014): one 64-bit state, the same numbers on every machine.
 */
public final class ToyRandom {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private long state;

  public ToyRandom(long seed) {
    this.state = seed;
  }

  /** The finaliser of SplitMix64: a bijection of the 64-bit integers. */
  public static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  public long nextLong() {
    state += GOLDEN;
    return mix(state);
  }

  /** Uniform in [0, 1). */
  public double unit() {
    return (nextLong() >>> 11) * 0x1.0p-53;
  }

  /** Uniform in [low, high). */
  public double in(double low, double high) {
    return low + (high - low) * unit();
  }

  /** Uniform in 0 … bound - 1. */
  public int below(int bound) {
    return (int) (unit() * bound);
  }

  public boolean chance(double probability) {
    return unit() < probability;
  }

  public <T> T pick(List<T> list) {
    return list.get(below(list.size()));
  }

  /** An index drawn in proportion to the weights. */
  public int weighted(double[] weights) {
    double sum = 0;
    for (double w : weights) {
      sum += w;
    }
    double u = unit() * sum;
    for (int i = 0; i < weights.length; i++) {
      u -= weights[i];
      if (u < 0) {
        return i;
      }
    }
    return weights.length - 1;
  }
}
