package io.github.iaa4j.wsss.crf;

import java.util.Arrays;

/**
 * The permutohedral lattice of Adams, Baek and Davis, <em>Fast High-Dimensional Filtering Using the
 * Permutohedral Lattice</em>, Eurographics 2010: points with features of d dimensions give their
 * values to the d + 1 corners of the simplices that they lie in (splat), the corners are blurred
 * along the d + 1 axes of the lattice, and each point takes from its corners again (slice). That
 * approximates the product with the matrix {@code exp(-|f_i - f_j|² / 2)}, up to a factor.
 *
 * <p>Only corners of simplices with points in them exist. What is blurred beyond them is lost, as
 * in Krähenbühl's implementation, whose order of the axes this has too.
 *
 * <p>Immutable; the work is done on the caller's arrays.
 */
final class PermutohedralLattice {

  /**
   * How many labels are filtered at a time. With eight, a vertex has half a cache line, and looking
   * up where it is costs little beside its sums.
   */
  static final int LANES = 8;

  private final int points;
  private final int corners;
  private final int vertices;

  /** {@code [points, corners]}: where the values of the vertex at each corner begin. */
  private final int[] rows;

  /** {@code [points, corners]}. */
  private final float[] weights;

  /** By axis: as {@link LatticeVertices#chains}, of rows in place of ids. */
  private final int[][] chains;

  private PermutohedralLattice(
      int points, int corners, int vertices, int[] rows, float[] weights, int[][] chains) {
    this.points = points;
    this.corners = corners;
    this.vertices = vertices;
    this.rows = rows;
    this.weights = weights;
    this.chains = chains;
  }

  /**
   * Builds a lattice.
   *
   * @param features {@code [points, dimensions]}, finite, divided by their standard deviations;
   *     neither changed nor kept
   * @param dimensions at least 1
   * @param order all points; those that follow one another should be near one another, so that
   *     their vertices are near one another in memory
   * @throws ArithmeticException if the features extend over more of the lattice than it can address
   */
  static PermutohedralLattice of(float[] features, int dimensions, int[] order) {
    int corners = dimensions + 1;
    int points = features.length / dimensions;
    int[] rows = new int[Math.multiplyExact(points, corners)];
    float[] weights = new float[rows.length];
    Simplex simplex = new Simplex(features, dimensions);
    LatticeVertices vertices = new LatticeVertices();
    long[] last = new long[corners];
    Arrays.fill(last, -1);
    int[] lastRows = new int[corners];
    for (int i : order) {
      simplex.enclose(features, i * dimensions);
      for (int k = 0; k < corners; k++) {
        // Neighbouring pixels often share corners, which need no look-up then.
        if (simplex.keys[k] != last[k]) {
          last[k] = simplex.keys[k];
          lastRows[k] = Math.multiplyExact(LANES, vertices.add(last[k]));
        }
        rows[i * corners + k] = lastRows[k];
        weights[i * corners + k] = simplex.shares[k];
      }
    }
    int[][] chains = new int[corners][];
    for (int axis = 0; axis < corners; axis++) {
      chains[axis] = vertices.chains(simplex.step(axis));
      for (int k = 0; k < chains[axis].length; k++) {
        int id = chains[axis][k];
        chains[axis][k] = id < 0 ? ~(LANES * ~id) : LANES * id;
      }
    }
    return new PermutohedralLattice(points, corners, vertices.count(), rows, weights, chains);
  }

  /**
   * The same lattice with its kernel normalised symmetrically, {@code K_ij / sqrt(sum_i sum_j)}
   * where {@code sum_i} is that of a row, and times a weight. That is pydensecrf's {@code
   * NORMALIZE_SYMMETRIC}.
   *
   * @param weight at least 0
   */
  PermutohedralLattice normalized(double weight) {
    float[][] lanes = new float[LANES][points];
    Arrays.fill(lanes[0], 1);
    float[] values = new float[size()];
    splat(lanes, values);
    blur(values);
    Arrays.fill(lanes[0], 0);
    slice(values, lanes, lanes);
    float[] normalized = new float[weights.length];
    double root = Math.sqrt(weight);
    for (int i = 0; i < points; i++) {
      // A point gives to its corners, so its sum is greater than 0.
      float factor = (float) (root / Math.sqrt(lanes[0][i]));
      for (int k = i * corners; k < (i + 1) * corners; k++) {
        normalized[k] = weights[k] * factor;
      }
    }
    return new PermutohedralLattice(points, corners, vertices, rows, normalized, chains);
  }

  /** Length of the array that holds the values of all vertices. */
  int size() {
    return vertices * LANES;
  }

  /**
   * Gives the points' values to the vertices.
   *
   * @param from {@code [LANES][points]}, not changed
   * @param values {@code [vertices, LANES]}, overwritten
   */
  void splat(float[][] from, float[] values) {
    Arrays.fill(values, 0);
    float[] lane0 = from[0];
    float[] lane1 = from[1];
    float[] lane2 = from[2];
    float[] lane3 = from[3];
    float[] lane4 = from[4];
    float[] lane5 = from[5];
    float[] lane6 = from[6];
    float[] lane7 = from[7];
    int at = 0;
    for (int i = 0; i < points; i++) {
      float v0 = lane0[i];
      float v1 = lane1[i];
      float v2 = lane2[i];
      float v3 = lane3[i];
      float v4 = lane4[i];
      float v5 = lane5[i];
      float v6 = lane6[i];
      float v7 = lane7[i];
      for (int end = at + corners; at < end; at++) {
        int row = rows[at];
        float weight = weights[at];
        values[row] += weight * v0;
        values[row + 1] += weight * v1;
        values[row + 2] += weight * v2;
        values[row + 3] += weight * v3;
        values[row + 4] += weight * v4;
        values[row + 5] += weight * v5;
        values[row + 6] += weight * v6;
        values[row + 7] += weight * v7;
      }
    }
  }

  /**
   * Adds what the points take from the vertices to what they have.
   *
   * @param values {@code [vertices, LANES]}, not changed
   * @param from {@code [LANES][points]}, what is added to
   * @param to {@code [LANES][points]}, the sums; may be {@code from}
   */
  void slice(float[] values, float[][] from, float[][] to) {
    int at = 0;
    for (int i = 0; i < points; i++) {
      float v0 = from[0][i];
      float v1 = from[1][i];
      float v2 = from[2][i];
      float v3 = from[3][i];
      float v4 = from[4][i];
      float v5 = from[5][i];
      float v6 = from[6][i];
      float v7 = from[7][i];
      for (int end = at + corners; at < end; at++) {
        int row = rows[at];
        float weight = weights[at];
        v0 += weight * values[row];
        v1 += weight * values[row + 1];
        v2 += weight * values[row + 2];
        v3 += weight * values[row + 3];
        v4 += weight * values[row + 4];
        v5 += weight * values[row + 5];
        v6 += weight * values[row + 6];
        v7 += weight * values[row + 7];
      }
      to[0][i] = v0;
      to[1][i] = v1;
      to[2][i] = v2;
      to[3][i] = v3;
      to[4][i] = v4;
      to[5][i] = v5;
      to[6][i] = v6;
      to[7][i] = v7;
    }
  }

  /**
   * Blurs along one axis after the other with the kernel 1/2, 1, 1/2, in place.
   *
   * @param values {@code [vertices, LANES]}
   */
  void blur(float[] values) {
    for (int[] chain : chains) {
      int begin = 0;
      while (begin < chain.length) {
        // Three vertices of four lanes fit the registers of any processor; of eight they do not.
        blurChain(values, chain, begin, 0);
        begin = blurChain(values, chain, begin, 4);
      }
    }
  }

  /** Blurs four lanes of one chain and returns where the next chain begins. */
  private static int blurChain(float[] values, int[] chain, int begin, int lane) {
    int k = begin;
    int row = chain[k++] + lane;
    float before0 = 0;
    float before1 = 0;
    float before2 = 0;
    float before3 = 0;
    float here0 = values[row];
    float here1 = values[row + 1];
    float here2 = values[row + 2];
    float here3 = values[row + 3];
    boolean isLast = false;
    while (!isLast) {
      int next = chain[k++];
      isLast = next < 0;
      next = (isLast ? ~next : next) + lane;
      float next0 = values[next];
      float next1 = values[next + 1];
      float next2 = values[next + 2];
      float next3 = values[next + 3];
      values[row] = here0 + 0.5f * (before0 + next0);
      values[row + 1] = here1 + 0.5f * (before1 + next1);
      values[row + 2] = here2 + 0.5f * (before2 + next2);
      values[row + 3] = here3 + 0.5f * (before3 + next3);
      before0 = here0;
      before1 = here1;
      before2 = here2;
      before3 = here3;
      here0 = next0;
      here1 = next1;
      here2 = next2;
      here3 = next3;
      row = next;
    }
    values[row] = here0 + 0.5f * before0;
    values[row + 1] = here1 + 0.5f * before1;
    values[row + 2] = here2 + 0.5f * before2;
    values[row + 3] = here3 + 0.5f * before3;
    return k;
  }
}
