package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * What the solvers share that step between whole timesteps of training, on variance-preserving
 * latents {@code x = sqrt(alphaBar) * x0 + sqrt(1 - alphaBar) * epsilon}.
 */
abstract class TimestepScheduler implements Scheduler {

  private final String name;
  private final int[] timesteps;
  final NoiseSchedule noise;
  final Prediction prediction;

  TimestepScheduler(
      SchedulerOptions options, NoiseSchedule noise, Prediction prediction, int[] timesteps) {
    this.name = options.schedulerName();
    this.noise = noise;
    this.prediction = prediction;
    this.timesteps = timesteps;
  }

  /**
   * Refuses noise predictions where there is nothing but noise: no clean image follows from them.
   */
  final void refuseNoSignal(SchedulerOptions options) {
    if (prediction == Prediction.EPSILON && noise.alphaCumprod(timesteps[0]) == 0) {
      throw options.unexpected(
          "prediction_type",
          "v_prediction or sample, because rescale_betas_zero_snr leaves no signal at the first"
              + " step");
    }
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final int steps() {
    return timesteps.length;
  }

  @Override
  public final float timestep(int step) {
    return timesteps[step];
  }

  @Override
  public final float initialScale() {
    return 1;
  }

  @Override
  public final float inputScale(int step) {
    return 1;
  }

  @Override
  public final void addNoise(float[] clean, float[] epsilon, int startStep, float[] into) {
    float alphaCumprod = noise.alphaCumprod(timesteps[startStep]);
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    for (int i = 0; i < into.length; i++) {
      into[i] = alpha * clean[i] + sigma * epsilon[i];
    }
  }

  final int wholeTimestep(int step) {
    return timesteps[step];
  }

  final boolean isLast(int step) {
    return step == timesteps.length - 1;
  }

  static float alpha(float alphaCumprod) {
    return (float) Math.sqrt(alphaCumprod);
  }

  static float sigma(float alphaCumprod) {
    return (float) Math.sqrt(1 - alphaCumprod);
  }
}
