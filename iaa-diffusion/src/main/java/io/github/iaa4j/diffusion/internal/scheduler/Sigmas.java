package io.github.iaa4j.diffusion.internal.scheduler;

import java.util.function.UnaryOperator;

/** The noise levels that a run goes through, and the timesteps that stand for them. */
final class Sigmas {

  /** Where a run ends. */
  enum FinalSigma {
    /** Without noise. */
    ZERO,
    /** At the least noise of training. */
    SIGMA_MIN,
    /** At the least noise of training; where the sigmas are scheduled, the last one again. */
    SIGMA_MIN_OR_REPEATED
  }

  /** What a logarithm of an exponential may be off by, in timesteps. */
  private static final double ROUNDING = 1e-9;

  private final float[] timesteps;
  private final float[] sigmas;

  Sigmas(float[] timesteps, float[] sigmas) {
    this.timesteps = timesteps;
    this.sigmas = sigmas;
  }

  /** Steps of the run. */
  int steps() {
    return timesteps.length;
  }

  /** The timestep input of the model at a step. */
  float timestep(int step) {
    return timesteps[step];
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  float sigma(int index) {
    return sigmas[index];
  }

  /**
   * Levels for solvers on variance-exploding latents, which stand at fractions of timesteps too.
   *
   * @param last after the last step
   */
  static Sigmas varianceExploding(
      SchedulerOptions options,
      NoiseSchedule noise,
      TimestepRequest request,
      SigmaSchedule schedule,
      float last) {
    double[] timesteps = spacedTimesteps(options, noise, request);
    double[] levels = new double[timesteps.length];
    for (int i = 0; i < timesteps.length; i++) {
      levels[i] = noise.sigmaAt(timesteps[i]);
    }
    return varianceExploding(options, noise, timesteps, levels, schedule, last);
  }

  /** The same from levels that need not be those of the timesteps. */
  static Sigmas varianceExploding(
      SchedulerOptions options,
      NoiseSchedule noise,
      double[] timesteps,
      double[] levels,
      SigmaSchedule schedule,
      float last) {
    double[] scheduledSigmas = levels;
    double[] scheduledTimesteps = timesteps;
    if (schedule != SigmaSchedule.TIMESTEPS) {
      scheduledSigmas =
          options.sigmas(schedule, levels[0], levels[levels.length - 1], timesteps.length);
      scheduledTimesteps = timestepsOf(noise, scheduledSigmas);
    }
    return new Sigmas(floats(scheduledTimesteps), append(scheduledSigmas, last));
  }

  /** The timesteps of a run on variance-exploding latents, as the config spaces them. */
  static double[] spacedTimesteps(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    int trained = noise.timesteps();
    double[] custom = request.timesteps();
    double[] timesteps =
        custom != null
            ? custom.clone()
            : options
                .spacing(Spacing.LINSPACE)
                .timesteps(request.steps(), trained, options.integer("steps_offset", 0));
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (float) timesteps[i];
      if (timesteps[i] < 0 || timesteps[i] > trained - 1) {
        throw options.outOfRange(timesteps[i], trained);
      }
    }
    return timesteps;
  }

  /**
   * Levels for solvers on variance-preserving latents, which stand at whole timesteps.
   *
   * @param timesteps of the run where no schedule is set for the sigmas
   * @param roundsCosine whether timesteps of scheduled sigmas are rounded with cosine betas too
   */
  static Sigmas variancePreserving(
      SchedulerOptions options,
      NoiseSchedule noise,
      int[] timesteps,
      SigmaSchedule schedule,
      boolean roundsCosine,
      FinalSigma last) {
    int steps = timesteps.length;
    float[] whole = new float[steps];
    double[] levels = new double[steps];
    if (schedule == SigmaSchedule.TIMESTEPS) {
      for (int i = 0; i < steps; i++) {
        whole[i] = timesteps[i];
        levels[i] = noise.sigma(timesteps[i]);
      }
    } else {
      double max = noise.sigma(noise.timesteps() - 1);
      double min = noise.sigma(0);
      // Diffusers has no sigma_min and sigma_max for Lu's lambdas.
      levels =
          schedule == SigmaSchedule.LU
              ? schedule.sigmas(max, min, steps)
              : options.sigmas(schedule, max, min, steps);
      boolean rounds =
          (schedule == SigmaSchedule.KARRAS || schedule == SigmaSchedule.LU)
              && (roundsCosine
                  || !options.string("beta_schedule", "linear").equals("squaredcos_cap_v2"));
      double[] between = timestepsOf(noise, levels);
      for (int i = 0; i < steps; i++) {
        whole[i] = (float) (rounds ? Math.rint(between[i]) : Math.floor(between[i] + ROUNDING));
      }
    }
    boolean repeats =
        last == FinalSigma.SIGMA_MIN_OR_REPEATED && schedule != SigmaSchedule.TIMESTEPS;
    double end = last == FinalSigma.ZERO ? 0 : repeats ? levels[steps - 1] : noise.sigma(0);
    return new Sigmas(whole, append(levels, (float) end));
  }

  /**
   * Levels of a flow from noise to image, {@code x = (1 - sigma) * x0 + sigma * epsilon}, evenly
   * from 1 - 1 / trained down and then shifted: Esser et al., arXiv 2403.03206, equation 23.
   *
   * @param last NaN to end at the last level of the steps
   */
  static Sigmas flow(SchedulerOptions options, TimestepRequest request, int trained, float last) {
    if (request.timesteps() != null) {
      throw options.unexpected("use_flow_sigmas", "false where a run has timesteps of its own");
    }
    int steps = request.steps();
    double shift = options.positive("flow_shift", 1);
    double[] levels = new double[steps];
    double[] timesteps = new double[steps];
    double stride = (1.0 / trained - 1) / steps;
    for (int i = 0; i < steps; i++) {
      double level = 1 - (i == 0 ? 1.0 / trained : 1 + (steps - i) * stride);
      levels[i] = shift * level / (1 + (shift - 1) * level);
      timesteps[i] = Math.floor(levels[i] * trained);
    }
    return new Sigmas(
        floats(timesteps), append(levels, Float.isNaN(last) ? (float) levels[steps - 1] : last));
  }

  /** The same levels, each twice but for the first: both ends of a step as starts of their own. */
  Sigmas doubled() {
    float[] twiceTimesteps = new float[2 * steps() - 1];
    float[] twiceSigmas = new float[2 * steps()];
    for (int i = 0; i < twiceTimesteps.length; i++) {
      twiceTimesteps[i] = timesteps[(i + 1) / 2];
      twiceSigmas[i] = sigmas[(i + 1) / 2];
    }
    twiceSigmas[2 * steps() - 1] = sigmas[steps()];
    return new Sigmas(twiceTimesteps, twiceSigmas);
  }

  /** The same levels with other timesteps. */
  Sigmas withTimesteps(UnaryOperator<Float> timestepOf) {
    float[] changed = new float[steps()];
    for (int i = 0; i < changed.length; i++) {
      changed[i] = timestepOf.apply(sigmas[i]);
    }
    return new Sigmas(changed, sigmas);
  }

  private static double[] timestepsOf(NoiseSchedule noise, double[] sigmas) {
    double[] timesteps = new double[sigmas.length];
    for (int i = 0; i < sigmas.length; i++) {
      timesteps[i] = noise.timestepOf(sigmas[i]);
    }
    return timesteps;
  }

  static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  static float[] append(double[] levels, float last) {
    float[] sigmas = new float[levels.length + 1];
    for (int i = 0; i < levels.length; i++) {
      sigmas[i] = (float) levels[i];
    }
    sigmas[levels.length] = last;
    return sigmas;
  }
}
