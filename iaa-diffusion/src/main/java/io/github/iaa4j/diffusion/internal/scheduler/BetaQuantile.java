package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The quantile function of the beta distribution with both parameters 0.6, to about 1e-15.
 *
 * <p>The distribution is symmetric, so that half of it is enough. There its density integrates term
 * by term (DLMF 8.17.7: the incomplete beta function as a hypergeometric series), all terms are
 * positive, and at one half, where the series is slowest, each is less than half the one before.
 */
final class BetaQuantile {

  private static final double SHAPE = 0.6;
  private static final double WHOLE = 2 * incompleteBeta(0.5);

  private BetaQuantile() {}

  /**
   * The value below which a share of the distribution lies.
   *
   * @param share 0 to 1
   */
  static double of(double share) {
    if (share > 0.5) {
      return 1 - of(1 - share);
    }
    if (share <= 0) {
      return 0;
    }
    double low = 0;
    double high = 0.5;
    while (true) {
      double middle = (low + high) / 2;
      if (middle <= low || middle >= high) {
        return high;
      }
      if (incompleteBeta(middle) < share * WHOLE) {
        low = middle;
      } else {
        high = middle;
      }
    }
  }

  private static double incompleteBeta(double x) {
    double sum = 0;
    double factor = 1;
    for (int n = 0; sum + factor > sum; n++) {
      sum += factor / (SHAPE + n);
      factor *= (1 - SHAPE + n) / (n + 1) * x;
    }
    return StrictMath.pow(x, SHAPE) * sum;
  }
}
