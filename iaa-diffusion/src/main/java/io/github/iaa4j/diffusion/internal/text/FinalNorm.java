package io.github.iaa4j.diffusion.internal.text;

import org.jspecify.annotations.Nullable;

/**
 * The layer norm at the end of a text encoder (Ba, Kiros, Hinton, arXiv 1607.06450): each token is
 * brought to mean 0 and variance 1, then scaled and shifted channel by channel.
 *
 * <p>An export holds the scales and shifts inside its graph. They follow from one run: the last
 * hidden state is known before and after the norm, and each channel is a straight line between the
 * two, fitted over the tokens by least squares.
 */
final class FinalNorm {

  private final int width;
  private final double epsilon;
  private final double[] scale;
  private final double[] shift;

  private FinalNorm(int width, double epsilon) {
    this.width = width;
    this.epsilon = epsilon;
    scale = new double[width];
    shift = new double[width];
  }

  /**
   * Finds the norm between two states.
   *
   * @param before {@code [S, width]}
   * @param after {@code [S, width]}
   * @param epsilon added to the variance
   * @param tolerance how far a value may lie off, against the largest
   * @return null if there is no such norm
   */
  static @Nullable FinalNorm fit(
      float[] before, float[] after, int width, double epsilon, double tolerance) {
    FinalNorm norm = new FinalNorm(width, epsilon);
    int tokens = before.length / width;
    double[] x = new double[before.length];
    for (int t = 0; t < tokens; t++) {
      norm.normalize(before, t * width, x);
    }
    double largest = 0;
    for (float value : after) {
      largest = Math.max(largest, Math.abs(value));
    }
    for (int c = 0; c < width; c++) {
      double meanX = 0;
      double meanY = 0;
      for (int i = c; i < x.length; i += width) {
        meanX += x[i] / tokens;
        meanY += after[i] / (double) tokens;
      }
      double xx = 0;
      double xy = 0;
      for (int i = c; i < x.length; i += width) {
        xx += (x[i] - meanX) * (x[i] - meanX);
        xy += (x[i] - meanX) * (after[i] - meanY);
      }
      norm.scale[c] = xy / xx;
      norm.shift[c] = meanY - norm.scale[c] * meanX;
      for (int i = c; i < x.length; i += width) {
        double off = norm.scale[c] * x[i] + norm.shift[c] - after[i];
        if (!(Math.abs(off) <= tolerance * largest)) {
          return null;
        }
      }
    }
    return norm;
  }

  /** Norms every token of {@code [S, width]} in place. */
  void apply(float[] states) {
    double[] x = new double[states.length];
    for (int start = 0; start < states.length; start += width) {
      normalize(states, start, x);
      for (int c = 0; c < width; c++) {
        states[start + c] = (float) (scale[c] * x[start + c] + shift[c]);
      }
    }
  }

  private void normalize(float[] states, int start, double[] into) {
    double mean = 0;
    for (int c = 0; c < width; c++) {
      mean += states[start + c];
    }
    mean /= width;
    double variance = 0;
    for (int c = 0; c < width; c++) {
      variance += (states[start + c] - mean) * (states[start + c] - mean);
    }
    double deviation = Math.sqrt(variance / width + epsilon);
    for (int c = 0; c < width; c++) {
      into[start + c] = (states[start + c] - mean) / deviation;
    }
  }
}
