package io.github.iaa4j.wsss.crf;

import java.util.Arrays;

/**
 * The local update and the normalisation of mean field inference: softmax over the labels of each
 * pixel, of messages and the logarithms of prior probabilities. Works through short runs of pixels,
 * so that they stay in the cache, one label at a time; all loops index their arrays alike, which is
 * what lets the JVM vectorise them.
 *
 * <p>Holds scratch; for one thread at a time.
 */
final class Softmax {

  private static final int RUN = 1024;

  /** Messages that are further below the greatest count as this, so that no product is denormal. */
  private static final float FLOOR = -40;

  private final float[] greatest;
  private final float[] sums;

  Softmax(int pixels) {
    this.greatest = new float[pixels];
    this.sums = new float[pixels];
  }

  /**
   * Turns messages into probabilities, in place.
   *
   * @param planes {@code [labels][pixels]}
   * @param priors {@code [labels][pixels]}, greater than 0; not changed
   */
  void apply(float[][] planes, float[][] priors) {
    for (int from = 0; from < sums.length; from += RUN) {
      int to = Math.min(from + RUN, sums.length);
      System.arraycopy(planes[0], from, greatest, from, to - from);
      for (int label = 1; label < planes.length; label++) {
        max(greatest, planes[label], from, to);
      }
      Arrays.fill(sums, from, to, 0);
      for (int label = 0; label < planes.length; label++) {
        exp(planes[label], greatest, from, to);
        multiply(planes[label], priors[label], from, to);
        add(sums, planes[label], from, to);
      }
      for (float[] plane : planes) {
        divide(plane, sums, from, to);
      }
    }
  }

  private static void max(float[] greatest, float[] plane, int from, int to) {
    for (int i = from; i < to; i++) {
      greatest[i] = Math.max(greatest[i], plane[i]);
    }
  }

  /**
   * {@code exp(plane - greatest)}, within 3e-6: a polynomial for the 32nd part, which lies in
   * [-1.25, 0], to the power of 32. Its coefficients minimise the greatest relative error, 5e-9;
   * the rest is rounding. It gives 1 for 0.
   */
  static void exp(float[] plane, float[] greatest, int from, int to) {
    for (int i = from; i < to; i++) {
      float x = Math.max(plane[i] - greatest[i], FLOOR) * (1 / 32f);
      float y = 1.0576901E-4f;
      y = y * x + 0.001216708f;
      y = y * x + 0.008156434f;
      y = y * x + 0.041563466f;
      y = y * x + 0.1666337f;
      y = y * x + 0.4999949f;
      y = y * x + 0.9999997f;
      y = y * x + 1;
      y *= y;
      y *= y;
      y *= y;
      y *= y;
      y *= y;
      plane[i] = y;
    }
  }

  private static void multiply(float[] plane, float[] prior, int from, int to) {
    for (int i = from; i < to; i++) {
      plane[i] *= prior[i];
    }
  }

  private static void add(float[] sums, float[] plane, int from, int to) {
    for (int i = from; i < to; i++) {
      sums[i] += plane[i];
    }
  }

  private static void divide(float[] plane, float[] sums, int from, int to) {
    for (int i = from; i < to; i++) {
      plane[i] /= sums[i];
    }
  }
}
