package io.github.iaa4j.wsss.crf;

import io.github.iaa4j.core.dataset.LabelMask;
import java.util.Arrays;

/**
 * Unary potentials: what each pixel's labels cost before its neighbours are asked. Immutable; made
 * from copies.
 */
public final class Unary {

  /** The most labels: as many as a {@link LabelMask} holds beside void. */
  public static final int MAX_LABELS = LabelMask.VOID;

  /** Smaller probabilities count as this one, as in pydensecrf. */
  public static final float MIN_PROBABILITY = 1e-5f;

  private static final float ROUNDING = 1e-4f;

  private final int width;
  private final int height;

  /** {@code [labels][height * width]}, at least {@link #MIN_PROBABILITY}. */
  private final float[][] probabilities;

  private Unary(int width, int height, float[][] probabilities) {
    this.width = width;
    this.height = height;
    this.probabilities = probabilities;
  }

  /**
   * Potentials {@code -log(p)}, as pydensecrf's {@code unary_from_softmax}. The probabilities of a
   * pixel need not sum to 1.
   *
   * @param probabilities {@code [labels][height * width]}, row by row, each in [0, 1]; below {@link
   *     #MIN_PROBABILITY} it counts as that, and up to 1.0001 as 1. Neither changed nor kept.
   * @param width in pixels
   * @param height in pixels
   * @throws IllegalArgumentException if there are no labels or more than {@link #MAX_LABELS}, a
   *     label does not have {@code width * height} values, or a value is not a probability
   */
  public static Unary ofProbabilities(float[][] probabilities, int width, int height) {
    requireSize(width, height);
    requireLabels(probabilities.length);
    float[][] clipped = new float[probabilities.length][];
    for (int label = 0; label < clipped.length; label++) {
      float[] plane = probabilities[label];
      if (plane.length != (long) width * height) {
        throw new IllegalArgumentException(
            "label " + label + " has " + plane.length + " values, not " + width + " x " + height);
      }
      clipped[label] = new float[plane.length];
      for (int i = 0; i < plane.length; i++) {
        if (!(plane[i] >= 0 && plane[i] <= 1 + ROUNDING)) {
          throw new IllegalArgumentException(
              "the probability of label "
                  + label
                  + " at x "
                  + i % width
                  + ", y "
                  + i / width
                  + " is "
                  + plane[i]
                  + ", not in [0, 1]");
        }
        clipped[label][i] = Math.min(Math.max(plane[i], MIN_PROBABILITY), 1);
      }
    }
    return new Unary(width, height, clipped);
  }

  /**
   * Potentials of hard labels, as pydensecrf's {@code unary_from_labels}: a pixel's label has the
   * probability {@code confidence}, the other labels share the rest. Where the mask is void, all
   * labels are equally probable.
   *
   * @param labels whose indices are the labels; neither changed nor kept
   * @param labelCount how many labels there are, background included
   * @param confidence the probability that a pixel's label is right, greater than 0 and less than 1
   * @throws IllegalArgumentException if the confidence is not, there are no labels or more than
   *     {@link #MAX_LABELS}, or the mask has another one
   */
  public static Unary ofLabels(LabelMask labels, int labelCount, double confidence) {
    requireLabels(labelCount);
    if (!(confidence > 0 && confidence < 1)) {
      throw new IllegalArgumentException(
          "confidence is " + confidence + ", but must be greater than 0 and less than 1");
    }
    byte[] indices = labels.indices();
    float[][] probabilities = new float[labelCount][indices.length];
    float own = (float) confidence;
    float other = (float) ((1 - confidence) / (labelCount - 1));
    for (float[] plane : probabilities) {
      Arrays.fill(plane, other);
    }
    for (int i = 0; i < indices.length; i++) {
      int label = indices[i] & 0xff;
      if (label < labelCount) {
        probabilities[label][i] = own;
      } else if (label == LabelMask.VOID) {
        for (float[] plane : probabilities) {
          plane[i] = 1f / labelCount;
        }
      } else {
        throw new IllegalArgumentException(
            "the mask has label "
                + label
                + " at x "
                + i % labels.width()
                + ", y "
                + i / labels.width()
                + ", but there are only "
                + labelCount
                + " labels");
      }
    }
    return new Unary(labels.width(), labels.height(), probabilities);
  }

  private static void requireSize(int width, int height) {
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("an image cannot have the size " + width + " x " + height);
    }
  }

  private static void requireLabels(int count) {
    if (count < 1 || count > MAX_LABELS) {
      throw new IllegalArgumentException(
          "there are " + count + " labels, but must be 1 to " + MAX_LABELS);
    }
  }

  /** Width in pixels. */
  public int width() {
    return width;
  }

  /** Height in pixels. */
  public int height() {
    return height;
  }

  /** How many labels there are, background included. */
  public int labelCount() {
    return probabilities.length;
  }

  /** {@code [labels][height * width]}, greater than 0; must not be changed. */
  float[][] probabilities() {
    return probabilities;
  }

  /** The size, such as {@code Unary[21 labels, 500 x 375]}. */
  @Override
  public String toString() {
    return "Unary[" + labelCount() + " labels, " + width + " x " + height + "]";
  }
}
