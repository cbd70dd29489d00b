package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * How latents are mixed of clean ones and noise, {@code x = alpha * x0 + sigma * epsilon}, at a
 * noise level: the noise's standard deviation over the signal's, or for a flow the noise's share.
 */
enum ForwardProcess {
  /** {@code alpha^2 + sigma^2 = 1}. */
  VARIANCE_PRESERVING {
    @Override
    double alpha(double level) {
      return 1 / Math.sqrt(level * level + 1);
    }

    @Override
    double sigma(double level) {
      return level * alpha(level);
    }
  },

  /** {@code alpha = 1}. */
  VARIANCE_EXPLODING {
    @Override
    double alpha(double level) {
      return 1;
    }

    @Override
    double sigma(double level) {
      return level;
    }
  },

  /** {@code alpha + sigma = 1}. */
  FLOW {
    @Override
    double alpha(double level) {
      return 1 - level;
    }

    @Override
    double sigma(double level) {
      return level;
    }
  };

  abstract double alpha(double level);

  abstract double sigma(double level);
}
