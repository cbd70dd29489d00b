package io.github.iaa4j.diffusion.internal.scheduler;

import java.util.Locale;

/**
 * The four exponential integrators of the DPM-Solver family. Each moves over {@code h = lambda' -
 * lambda} from latents x and from differences D0, D1, D2 of what the model predicts m:
 *
 * <pre>x' = x weight * x + D0 weight * D0 + D1 weight * D1 + D2 weight * D2 + deviation * noise
 * </pre>
 *
 * <p>The equations are those of Lu et al., arXiv 2206.00927 (with noise as m) and 2211.01095 (with
 * clean latents as m, and the stochastic ones).
 */
enum DpmAlgorithm {
  DPMSOLVER_PLUS_PLUS(false, false),
  DPMSOLVER(true, false),
  SDE_DPMSOLVER_PLUS_PLUS(false, true),
  SDE_DPMSOLVER(true, true);

  private final boolean predictsNoise;
  private final boolean isStochastic;

  DpmAlgorithm(boolean predictsNoise, boolean isStochastic) {
    this.predictsNoise = predictsNoise;
    this.isStochastic = isStochastic;
  }

  /** As diffusers names it. */
  String key() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-').replace("-plus-plus", "++");
  }

  /** Whether m is the noise, rather than the clean latents. */
  boolean predictsNoise() {
    return predictsNoise;
  }

  boolean isStochastic() {
    return isStochastic;
  }

  /** One step of it, over some noise levels. */
  final class Step {

    private final double alpha;
    private final double sigma;
    private final double nextAlpha;
    private final double nextSigma;
    private final double h;

    Step(double alpha, double sigma, double nextAlpha, double nextSigma, double h) {
      this.alpha = alpha;
      this.sigma = sigma;
      this.nextAlpha = nextAlpha;
      this.nextSigma = nextSigma;
      this.h = h;
    }

    double xWeight() {
      double kept = predictsNoise ? nextAlpha / alpha : nextSigma / sigma;
      return isStochastic && !predictsNoise ? kept * StrictMath.exp(-h) : kept;
    }

    double d0Weight() {
      return switch (DpmAlgorithm.this) {
        case DPMSOLVER_PLUS_PLUS -> -nextAlpha * StrictMath.expm1(-h);
        case DPMSOLVER -> -nextSigma * StrictMath.expm1(h);
        case SDE_DPMSOLVER_PLUS_PLUS -> -nextAlpha * StrictMath.expm1(-2 * h);
        case SDE_DPMSOLVER -> -2 * nextSigma * StrictMath.expm1(h);
      };
    }

    /** Of the slope D1, as an integral over the whole step. */
    double d1Weight() {
      return switch (DpmAlgorithm.this) {
        case DPMSOLVER_PLUS_PLUS -> nextAlpha * (StrictMath.expm1(-h) / h + 1);
        case DPMSOLVER -> -nextSigma * (StrictMath.expm1(h) / h - 1);
        case SDE_DPMSOLVER_PLUS_PLUS -> nextAlpha * (StrictMath.expm1(-2 * h) / (2 * h) + 1);
        case SDE_DPMSOLVER -> -2 * nextSigma * (StrictMath.expm1(h) / h - 1);
      };
    }

    /** Of the curvature D2. */
    double d2Weight() {
      return switch (DpmAlgorithm.this) {
        case DPMSOLVER_PLUS_PLUS -> -nextAlpha * ((StrictMath.expm1(-h) + h) / (h * h) - 0.5);
        case DPMSOLVER -> -nextSigma * ((StrictMath.expm1(h) - h) / (h * h) - 0.5);
        case SDE_DPMSOLVER_PLUS_PLUS ->
            -nextAlpha * ((StrictMath.expm1(-2 * h) + 2 * h) / (4 * h * h) + 0.5);
        case SDE_DPMSOLVER -> throw new IllegalStateException("sde-dpmsolver has no third order");
      };
    }

    double deviation() {
      if (!isStochastic) {
        return 0;
      }
      return nextSigma
          * Math.sqrt(predictsNoise ? StrictMath.expm1(2 * h) : -StrictMath.expm1(-2 * h));
    }
  }
}
