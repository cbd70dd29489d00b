package io.github.iaa4j.diffusion.internal.scheduler;

import org.jspecify.annotations.Nullable;

/** How the sigmas of a run lie between the highest and the lowest. */
enum SigmaSchedule {
  /** Where the timesteps are. */
  TIMESTEPS(null) {
    @Override
    double[] sigmas(double max, double min, int count) {
      throw new IllegalStateException("the sigmas follow from the timesteps");
    }
  },

  /**
   * Karras et al., <em>Elucidating the Design Space of Diffusion-Based Generative Models</em>,
   * arXiv 2206.00364, equation 5, with rho = 7.
   */
  KARRAS("use_karras_sigmas") {
    @Override
    double[] sigmas(double max, double min, int count) {
      return karras(max, min, RHO, count);
    }
  },

  /** Evenly in the logarithm. */
  EXPONENTIAL("use_exponential_sigmas") {
    @Override
    double[] sigmas(double max, double min, int count) {
      return evenlyInLog(StrictMath.log(max), StrictMath.log(min), count);
    }
  },

  /**
   * Evenly in lambda, half the log of the signal-to-noise ratio: Lu et al., arXiv 2206.00927. As
   * {@link #EXPONENTIAL} between float32 logarithms, but diffusers rounds the timesteps of these.
   */
  LU("use_lu_lambdas") {
    @Override
    double[] sigmas(double max, double min, int count) {
      return evenlyInLog((float) StrictMath.log(max), (float) StrictMath.log(min), count);
    }
  },

  /** By the quantiles of a beta distribution: Lee et al., arXiv 2407.12173. */
  BETA("use_beta_sigmas") {
    @Override
    double[] sigmas(double max, double min, int count) {
      double[] sigmas = new double[count];
      for (int i = 0; i < count; i++) {
        sigmas[i] = min + BetaQuantile.of(1 - ramp(i, count)) * (max - min);
      }
      return sigmas;
    }
  };

  private static final double RHO = 7;

  private final @Nullable String key;

  SigmaSchedule(@Nullable String key) {
    this.key = key;
  }

  /** The key of a config that turns it on, or null for the default. */
  @Nullable String key() {
    return key;
  }

  /**
   * The noise levels.
   *
   * @param max the first
   * @param min the last, where there are at least two
   * @param count how many
   */
  abstract double[] sigmas(double max, double min, int count);

  /** {@link #KARRAS} with another rho, which is how much closer the low levels are together. */
  static double[] karras(double max, double min, double rho, int count) {
    double maxRoot = StrictMath.pow(max, 1 / rho);
    double minRoot = StrictMath.pow(min, 1 / rho);
    double[] sigmas = new double[count];
    for (int i = 0; i < count; i++) {
      sigmas[i] = StrictMath.pow(maxRoot + ramp(i, count) * (minRoot - maxRoot), rho);
    }
    return sigmas;
  }

  private static double[] evenlyInLog(double first, double last, int count) {
    double[] sigmas = new double[count];
    for (int i = 0; i < count; i++) {
      sigmas[i] = StrictMath.exp(first + ramp(i, count) * (last - first));
    }
    return sigmas;
  }

  private static double ramp(int i, int count) {
    return count == 1 ? 0 : i / (double) (count - 1);
  }
}
