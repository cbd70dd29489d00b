package io.github.iaa4j.diffusion.internal.scheduler;

import java.util.Arrays;

/**
 * How the steps of a run are spaced over the timesteps of training. Lin et al., <em>Common
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
      return down(trained, trained / (double) count, count);
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

  /** Strides down from a timestep, as far as they go. */
  static int[] trailing(int trained, double stride) {
    double[] timesteps = down(trained, stride, (int) Math.ceil(trained / stride));
    return Arrays.stream(timesteps).mapToInt(timestep -> (int) timestep).toArray();
  }

  private static double[] down(int trained, double stride, int count) {
    double[] timesteps = new double[count];
    // The stride as NumPy's arange rounds it.
    double rounded = trained - (trained - stride);
    for (int i = 0; i < count; i++) {
      timesteps[i] = Math.rint(trained - i * rounded) - 1;
    }
    return timesteps;
  }
}
