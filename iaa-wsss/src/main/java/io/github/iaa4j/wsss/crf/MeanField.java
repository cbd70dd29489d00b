package io.github.iaa4j.wsss.crf;

import java.util.Arrays;
import java.util.List;

/**
 * The mean field approximation of one image: Algorithm 1 of Krähenbühl and Koltun 2011. Labels are
 * filtered a few at a time, so that their vertices stay in the cache, and every sum has one fixed
 * order.
 */
final class MeanField {

  private static final int LANES = PermutohedralLattice.LANES;

  private final float[][] unary;
  private final float[][] marginals;
  private final List<PermutohedralLattice> kernels;

  /** By kernel: the values of its vertices. */
  private final float[][] values;

  /** {@code [lanes][pixels]}: stands for labels where their number is no multiple of the lanes. */
  private final float[][] zeros = new float[LANES][];

  private final Softmax softmax;

  /**
   * Begins with the unary alone.
   *
   * @param unary {@code [labels][pixels]}, probabilities greater than 0; not changed
   * @param kernels times their weights
   */
  MeanField(float[][] unary, List<PermutohedralLattice> kernels) {
    int pixels = unary[0].length;
    this.unary = unary;
    this.kernels = kernels;
    this.marginals = new float[unary.length][pixels];
    this.values = new float[kernels.size()][];
    for (int k = 0; k < values.length; k++) {
      values[k] = new float[kernels.get(k).size()];
    }
    Arrays.fill(zeros, new float[pixels]);
    this.softmax = new Softmax(pixels);
    softmax.apply(marginals, unary);
  }

  /** {@code [labels][pixels]}, which later updates change. */
  float[][] marginals() {
    return marginals;
  }

  /** One iteration: message passing, Potts compatibility, local update, normalisation. */
  void update() {
    if (kernels.isEmpty()) {
      return;
    }
    for (int label = 0; label < marginals.length; label += LANES) {
      float[][] lanes = lanes(label);
      for (int k = 0; k < values.length; k++) {
        kernels.get(k).splat(lanes, values[k]);
        kernels.get(k).blur(values[k]);
      }
      // All kernels have read the marginals of these labels: the messages take their place.
      float[][] messages = zeros;
      for (int k = 0; k < values.length; k++) {
        kernels.get(k).slice(values[k], messages, lanes);
        messages = lanes;
      }
    }
    softmax.apply(marginals, unary);
  }

  private float[][] lanes(int label) {
    float[][] lanes = new float[LANES][];
    for (int lane = 0; lane < LANES; lane++) {
      lanes[lane] = label + lane < marginals.length ? marginals[label + lane] : zeros[lane];
    }
    return lanes;
  }
}
