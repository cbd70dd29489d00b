package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * What the solvers share that work on variance-exploding latents {@code x = x0 + sigma * epsilon}.
 * The model sees them brought back to unit variance.
 */
abstract class VarianceExplodingScheduler implements Scheduler {

  private final String name;
  private final Sigmas levels;
  private final Prediction prediction;
  private final float initialScale;

  VarianceExplodingScheduler(SchedulerOptions options, Prediction prediction, Sigmas levels) {
    this.name = options.schedulerName();
    this.levels = levels;
    this.prediction = prediction;
    float first = levels.sigma(0);
    initialScale =
        options.spacing(Spacing.LINSPACE) == Spacing.LEADING
            ? (float) Math.sqrt(first * first + 1)
            : first;
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public int steps() {
    return levels.steps();
  }

  @Override
  public final float timestep(int step) {
    return levels.timestep(step);
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  final float sigma(int index) {
    return levels.sigma(index);
  }

  @Override
  public final float initialScale() {
    return initialScale;
  }

  @Override
  public final float inputScale(int step) {
    return 1 / (float) Math.sqrt(sigma(step) * sigma(step) + 1);
  }

  @Override
  public final void addNoise(float[] clean, float[] epsilon, int startStep, float[] into) {
    float sigma = sigma(startStep);
    for (int i = 0; i < into.length; i++) {
      into[i] = clean[i] + sigma * epsilon[i];
    }
  }

  /**
   * Writes the clean latents that a prediction implies. A loop of its own, because the compiler
   * vectorises loops that store into one array only.
   */
  final void predict(int step, float[] modelOutput, Trajectory trajectory) {
    float sigma = sigma(step);
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    for (int i = 0; i < latents.length; i++) {
      denoised[i] = x0(latents[i], modelOutput[i], sigma);
    }
  }

  /** The clean latents that a prediction for latents of unit variance implies. */
  final float x0(float x, float output, float sigma) {
    return switch (prediction) {
      case EPSILON -> x - sigma * output;
      case V_PREDICTION ->
          output * (-sigma / (float) Math.sqrt(sigma * sigma + 1)) + x / (sigma * sigma + 1);
      case SAMPLE, FLOW_PREDICTION -> output;
    };
  }
}
