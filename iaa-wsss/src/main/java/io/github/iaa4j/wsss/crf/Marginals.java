package io.github.iaa4j.wsss.crf;

import io.github.iaa4j.core.dataset.LabelMask;

/**
 * The approximate marginal distribution of each pixel's label, which inference ends with. Safe for
 * use by several threads as long as nobody changes its arrays.
 */
public final class Marginals {

  private final int width;
  private final int height;
  private final float[][] probabilities;

  Marginals(int width, int height, float[][] probabilities) {
    this.width = width;
    this.height = height;
    this.probabilities = probabilities;
  }

  /** Width in pixels. */
  public int width() {
    return width;
  }

  /** Height in pixels. */
  public int height() {
    return height;
  }

  /**
   * {@code [labels][height * width]}, row by row, in [0, 1], with a sum of 1 at each pixel; the
   * object's own arrays, which must not be changed.
   */
  public float[][] probabilities() {
    return probabilities;
  }

  /** The most probable label of each pixel; the first of equally probable ones. */
  public LabelMask mask() {
    return mask(0);
  }

  /**
   * The most probable label of each pixel, {@link LabelMask#VOID} where its probability is less
   * than {@code minConfidence}: the confident pixels of a pseudo mask.
   *
   * @param minConfidence in [0, 1]
   * @throws IllegalArgumentException if it is not
   */
  public LabelMask mask(double minConfidence) {
    if (!(minConfidence >= 0 && minConfidence <= 1)) {
      throw new IllegalArgumentException(
          "minConfidence is " + minConfidence + ", but must be in [0, 1]");
    }
    byte[] indices = new byte[width * height];
    for (int i = 0; i < indices.length; i++) {
      int best = 0;
      for (int label = 1; label < probabilities.length; label++) {
        best = probabilities[label][i] > probabilities[best][i] ? label : best;
      }
      indices[i] = (byte) (probabilities[best][i] < minConfidence ? LabelMask.VOID : best);
    }
    return new LabelMask(width, height, indices);
  }

  /** The size, such as {@code Marginals[21 labels, 500 x 375]}. */
  @Override
  public String toString() {
    return "Marginals[" + probabilities.length + " labels, " + width + " x " + height + "]";
  }
}
