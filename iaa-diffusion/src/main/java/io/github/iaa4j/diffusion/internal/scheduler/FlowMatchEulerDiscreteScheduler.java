package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Euler's method on the straight paths of rectified flow: Liu, Gong, Liu, arXiv 2209.03003, and
 * Esser et al., arXiv 2403.03206. Latents are {@code x = (1 - sigma) * x0 + sigma * epsilon}, and
 * the model predicts the velocity v:
 *
 * <pre>
 * x' = x + (sigma' - sigma) * v
 * x' = (1 - sigma') * (x - sigma * v) + sigma' * noise      stochastic_sampling
 * </pre>
 *
 * <p>Behaves as {@code FlowMatchEulerDiscreteScheduler} of diffusers, which shifts the least level
 * twice. {@code use_dynamic_shifting} is refused: it depends on the size of the image.
 */
final class FlowMatchEulerDiscreteScheduler implements Scheduler {

  private static final int FRESH = 0;

  private final String name;
  private final Sigmas levels;
  private final boolean isStochastic;

  FlowMatchEulerDiscreteScheduler(SchedulerOptions options, TimestepRequest request) {
    name = options.schedulerName();
    options.refuseDynamicShifting();
    isStochastic = options.flag("stochastic_sampling", false);
    levels = levels(options, request);
  }

  private static Sigmas levels(SchedulerOptions options, TimestepRequest request) {
    int trained = options.integer("num_train_timesteps", 1000);
    if (trained < 2 || request.steps() > trained) {
      throw options.unexpected(
          "num_train_timesteps", "at least 2, and at least the run's steps, " + request.steps());
    }
    int steps = request.steps();
    double[] custom = request.timesteps();
    double[] unshifted = request.sigmas();
    if (unshifted == null) {
      unshifted = custom == null ? even(options, steps, trained) : custom.clone();
      for (int i = 0; i < steps; i++) {
        unshifted[i] /= trained;
      }
    }
    double[] sigmas = shifted(options, "shift", unshifted);
    SigmaSchedule schedule = options.sigmaSchedule(false);
    if (schedule != SigmaSchedule.TIMESTEPS) {
      sigmas = options.sigmas(schedule, sigmas[0], sigmas[steps - 1], steps);
    }
    boolean inverts = options.flag("invert_sigmas", false);
    float[] timesteps = new float[steps];
    double[] levels = new double[steps];
    for (int i = 0; i < steps; i++) {
      float level = inverts ? 1 - (float) sigmas[i] : (float) sigmas[i];
      levels[i] = level;
      timesteps[i] = custom != null && !inverts ? (float) custom[i] : level * trained;
    }
    return new Sigmas(timesteps, Sigmas.append(levels, inverts ? 1 : 0));
  }

  /** Evenly from the highest timestep to the lowest, which is shifted already. */
  private static double[] even(SchedulerOptions options, int steps, int trained) {
    double shift = options.positive("shift", 1);
    float least = 1f / trained;
    float min = (float) shift * least / (1 + (float) (shift - 1) * least);
    float max = (float) shift / (1 + (float) (shift - 1));
    double low = (double) min * trained;
    double high = (double) max * trained;
    double[] timesteps = new double[steps];
    double stride = steps == 1 ? 0 : (low - high) / (steps - 1);
    for (int i = 0; i < steps; i++) {
      timesteps[i] = i > 0 && i == steps - 1 ? low : high + i * stride;
    }
    return timesteps;
  }

  /**
   * Levels shifted toward noise, Esser et al., equation 23, and then stretched so that the last is
   * {@code shift_terminal} where the config has it.
   *
   * @param key of the shift
   */
  static double[] shifted(SchedulerOptions options, String key, double[] levels) {
    double shift = options.positive(key, 1);
    double[] shifted = new double[levels.length];
    for (int i = 0; i < levels.length; i++) {
      shifted[i] = shift * levels[i] / (1 + (shift - 1) * levels[i]);
    }
    double terminal = options.fraction("shift_terminal", 0);
    if (terminal > 0) {
      double stretch = (1 - shifted[levels.length - 1]) / (1 - terminal);
      for (int i = 0; i < levels.length; i++) {
        shifted[i] = 1 - (1 - shifted[i]) / stretch;
      }
    }
    return shifted;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int steps() {
    return levels.steps();
  }

  @Override
  public float timestep(int step) {
    return levels.timestep(step);
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  float sigma(int index) {
    return levels.sigma(index);
  }

  @Override
  public float initialScale() {
    return 1;
  }

  @Override
  public float inputScale(int step) {
    return 1;
  }

  @Override
  public int modelOutputHistory() {
    return isStochastic ? 1 : 0;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float sigma = sigma(step);
    float next = sigma(step + 1);
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] fresh = isStochastic ? trajectory.history(FRESH) : latents;
    if (isStochastic) {
      trajectory.drawNoise(step, fresh);
    }
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = x - sigma * modelOutput[i];
      denoised[i] = x0;
      latents[i] =
          isStochastic ? (1 - next) * x0 + next * fresh[i] : x + (next - sigma) * modelOutput[i];
    }
  }

  @Override
  public void addNoise(float[] clean, float[] epsilon, int startStep, float[] into) {
    float sigma = sigma(startStep);
    for (int i = 0; i < into.length; i++) {
      into[i] = (1 - sigma) * clean[i] + sigma * epsilon[i];
    }
  }
}
