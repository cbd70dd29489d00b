package io.github.iaa4j.wsss.crf;

import java.util.Arrays;

/**
 * The simplex of the permutohedral lattice that a point lies in: Section 3.2 of Adams, Baek and
 * Davis 2010. A lattice point of remainder r has d + 1 integer coordinates that sum to zero and are
 * all congruent to r modulo d + 1. A simplex has one corner of each remainder.
 *
 * <p>A corner's key is one number: its first d coordinates as the digits of a number of mixed
 * radix. As that is linear, a step along an axis of the lattice always adds the same to the key.
 *
 * <p>Holds the last point's result; for one thread.
 */
final class Simplex {

  /** Where a float no longer tells positions within a simplex apart. */
  private static final double MAX_RANGE = 1 << 20;

  private static final double MAX_KEYS = 0x1p62;

  /** By remainder: the key of each corner of the last point's simplex. */
  final long[] keys;

  /** By remainder: how much of the last point each corner has, with a sum of 1; then scratch. */
  final float[] shares;

  private final int dimensions;
  private final float[] scale;
  private final int[] lowest;
  private final long[] stride;
  private final float[] elevated;
  private final float[] nearest;
  private final int[] rank;
  private final int[] coordinateOfRank;

  /**
   * @param features {@code [points, dimensions]} of all points that will be asked for
   * @throws ArithmeticException if they extend over more lattice points than can have keys
   */
  Simplex(float[] features, int dimensions) {
    int corners = dimensions + 1;
    this.dimensions = dimensions;
    this.keys = new long[corners];
    this.shares = new float[corners + 1];
    this.scale = new float[dimensions];
    this.lowest = new int[dimensions];
    this.stride = new long[corners];
    this.elevated = new float[corners];
    this.nearest = new float[corners];
    this.rank = new int[corners];
    this.coordinateOfRank = new int[corners];
    double deviation = Math.sqrt(2.0 / 3) * corners;
    for (int k = 0; k < dimensions; k++) {
      scale[k] = (float) (deviation / Math.sqrt((k + 1.0) * (k + 2.0)));
    }
    setKeys(features);
  }

  /** Gives each coordinate the range that it can have within the bounds of the features. */
  private void setKeys(float[] features) {
    double[] least = new double[dimensions];
    double[] most = new double[dimensions];
    for (int k = 0; k < dimensions; k++) {
      least[k] = features[k];
      most[k] = features[k];
    }
    for (int i = 0; i < features.length; i += dimensions) {
      for (int k = 0; k < dimensions; k++) {
        least[k] = Math.min(least[k], features[i + k]);
        most[k] = Math.max(most[k], features[i + k]);
      }
    }
    double used = 1;
    // In each coordinate a corner is at most d + 1 from its point, and a neighbour d from a corner.
    int margin = 3 * (dimensions + 1);
    for (int coordinate = 0; coordinate < dimensions; coordinate++) {
      double low = 0;
      double high = 0;
      for (int k = coordinate; k < dimensions; k++) {
        low += scale[k] * least[k];
        high += scale[k] * most[k];
      }
      if (coordinate > 0) {
        low -= coordinate * scale[coordinate - 1] * most[coordinate - 1];
        high -= coordinate * scale[coordinate - 1] * least[coordinate - 1];
      }
      double range = Math.ceil(high) - Math.floor(low) + 2 * margin + 1;
      if (!(Math.max(range, Math.max(-low, high)) < MAX_RANGE && used * range < MAX_KEYS)) {
        throw new ArithmeticException("features from " + low + " to " + high);
      }
      lowest[coordinate] = (int) Math.floor(low) - margin;
      stride[coordinate] = (long) used;
      used *= range;
    }
  }

  /** What a step along an axis adds to a key. */
  long step(int axis) {
    long step = -(dimensions + 1) * stride[axis];
    for (int k = 0; k < dimensions; k++) {
      step += stride[k];
    }
    return step;
  }

  /**
   * Finds the simplex around a point.
   *
   * @param features among those that this was made for
   * @param at where the point's begin
   */
  void enclose(float[] features, int at) {
    elevate(features, at);
    int excess = roundToRemainderZero();
    rank(excess);
    Arrays.fill(shares, 0);
    float unit = 1f / (dimensions + 1);
    for (int k = 0; k <= dimensions; k++) {
      float share = (elevated[k] - nearest[k]) * unit;
      shares[dimensions - rank[k]] += share;
      shares[dimensions - rank[k] + 1] -= share;
    }
    shares[0] += 1 + shares[dimensions + 1];
    long key = 0;
    long all = 0;
    for (int k = 0; k < dimensions; k++) {
      key += ((int) nearest[k] - lowest[k]) * stride[k];
      all += stride[k];
    }
    keys[0] = key;
    for (int remainder = 1; remainder <= dimensions; remainder++) {
      int wraps = coordinateOfRank[dimensions + 1 - remainder];
      key += all - (dimensions + 1) * stride[wraps];
      keys[remainder] = key;
    }
  }

  /** Moves the point into the hyperplane of the lattice. */
  private void elevate(float[] features, int at) {
    float sum = 0;
    for (int k = dimensions; k > 0; k--) {
      float scaled = features[at + k - 1] * scale[k - 1];
      elevated[k] = sum - k * scaled;
      sum += scaled;
    }
    elevated[0] = sum;
  }

  /** Rounds to multiples of d + 1. Returns by how many of them the sum of all exceeds zero. */
  private int roundToRemainderZero() {
    int corners = dimensions + 1;
    float unit = 1f / corners;
    float sum = 0;
    for (int k = 0; k < corners; k++) {
      float rounded = (float) Math.rint(elevated[k] * unit);
      nearest[k] = rounded * corners;
      sum += rounded;
    }
    return (int) sum;
  }

  /** Sorts the coordinates by what rounding took away, and moves to a point whose sum is zero. */
  private void rank(int excess) {
    int corners = dimensions + 1;
    Arrays.fill(rank, excess);
    for (int k = 0; k < dimensions; k++) {
      float difference = elevated[k] - nearest[k];
      for (int other = k + 1; other < corners; other++) {
        int less = difference < elevated[other] - nearest[other] ? 1 : 0;
        rank[k] += less;
        rank[other] += 1 - less;
      }
    }
    for (int k = 0; k < corners; k++) {
      if (rank[k] < 0) {
        rank[k] += corners;
        nearest[k] += corners;
      } else if (rank[k] >= corners) {
        rank[k] -= corners;
        nearest[k] -= corners;
      }
      coordinateOfRank[rank[k]] = k;
    }
  }
}
