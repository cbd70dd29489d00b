package io.github.iaa4j.wsss.pseudomask;

/**
 * Otsu's thresholds: those with the greatest variance between the classes that they separate.
 * Equivalent cuts, with empty bins between them, count as the one in their middle.
 */
final class Otsu {

  private static final int BINS = 256;

  /** Where all values are in one bin, there is nothing to separate. */
  private static final double WITHOUT_CONTRAST = 0.5;

  /** How many values lie below each bin's lower edge, and their sum in bins; one more than bins. */
  private final long[] below = new long[BINS + 1];

  private final long[] sums = new long[BINS + 1];

  /**
   * @param values in [0, 1]
   */
  Otsu(float[] values) {
    long[] counts = new long[BINS];
    for (float value : values) {
      counts[Math.min(BINS - 1, Math.max(0, (int) (value * BINS)))]++;
    }
    for (int bin = 0; bin < BINS; bin++) {
      below[bin + 1] = below[bin] + counts[bin];
      sums[bin + 1] = sums[bin] + counts[bin] * bin;
    }
  }

  /** A class's part in the variance between classes, but for a constant; 0 if it is empty. */
  private double spread(int from, int to) {
    double count = below[to] - below[from];
    double sum = sums[to] - sums[from];
    return count == 0 ? 0 : sum * sum / count;
  }

  /** Of the bins {@code from} to {@code to}, the lower edge of the upper class. */
  private int cut(int from, int to) {
    double best = -1;
    int first = from;
    int last = from;
    for (int at = from + 1; at < to; at++) {
      double spread = spread(from, at) + spread(at, to);
      if (spread > best) {
        best = spread;
        first = at;
        last = at;
      } else if (below[at] == below[first]) {
        last = at;
      }
    }
    return (first + last) / 2;
  }

  private boolean isWithoutContrast(int from, int to) {
    long all = below[to] - below[from];
    for (int bin = from; bin < to; bin++) {
      if (below[bin + 1] - below[bin] == all) {
        return true;
      }
    }
    return false;
  }

  /** In (0, 1). */
  double threshold() {
    return isWithoutContrast(0, BINS) ? WITHOUT_CONTRAST : cut(0, BINS) / (double) BINS;
  }

  /** Both in (0, 1), the lower one first. They are equal where there are but two levels. */
  double[] twoThresholds() {
    double best = -1;
    int low = 0;
    int high = 0;
    for (int one = 1; one < BINS - 1; one++) {
      for (int two = one + 1; two < BINS; two++) {
        double spread = spread(0, one) + spread(one, two) + spread(two, BINS);
        if (spread > best) {
          best = spread;
          low = one;
          high = two;
        }
      }
    }
    if (below[low] == 0 || below[high] == below[low] || below[high] == below[BINS]) {
      double threshold = threshold();
      return new double[] {threshold, threshold};
    }
    return new double[] {cut(0, high) / (double) BINS, cut(low, BINS) / (double) BINS};
  }
}
