package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * How the steps of a run are spread over the timesteps of training. Lin et al., <em>Common
 * Diffusion Noise Schedules and Sample Steps are Flawed</em>, arXiv 2305.08891, table 2.
 */
enum Spacing {
  /** From the last timestep to the first, both included. */
  LINSPACE {
    @Override
    double[] timesteps(int count, int trained, int stepsOffset) {
      double[] timesteps = new double[count];
      double stride = count == 1 ? 0 : (trained - 1) / (double) (count - 1);
      for (int i = 0; i < count; i++) {
        int fromLow = count - 1 - i;
        timesteps[i] = fromLow == count - 1 && count > 1 ? trained - 1 : fromLow * stride;
      }
      return timesteps;
    }
  },

  /** Whole strides up from timestep 0. Never reaches the last one. */
  LEADING {
    @Override
    double[] timesteps(int count, int trained, int stepsOffset) {
      double[] timesteps = new double[count];
      for (int i = 0; i < count; i++) {
        timesteps[i] = (count - 1 - i) * (trained / count) + stepsOffset;
      }
      return timesteps;
    }
  },

  /** Strides down from the last timestep. */
  TRAILING {
    @Override
    double[] timesteps(int count, int trained, int stepsOffset) {
      double[] timesteps = new double[count];
      double stride = trained - (trained - trained / (double) count);
      for (int i = 0; i < count; i++) {
        timesteps[i] = Math.rint(trained - i * stride) - 1;
      }
      return timesteps;
    }
  };

  /**
   * The timesteps of a run.
   *
   * @param count how many
   * @param trained timesteps of training
   * @param stepsOffset added by {@link #LEADING}
   * @return falling; only {@link #LINSPACE} has fractions
   */
  abstract double[] timesteps(int count, int trained, int stepsOffset);
}
