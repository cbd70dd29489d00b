package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Euler's method on the probability flow ODE: Karras et al., arXiv 2206.00364, algorithm 2 without
 * its second-order correction and without churn. Latents are variance exploding, {@code x = x0 +
 * sigma * epsilon}:
 *
 * <pre>
 * d  = (x - x0) / sigma
 * x' = x + d * (sigma' - sigma)
 * </pre>
 *
 * <p>Behaves as {@code EulerDiscreteScheduler} of diffusers.
 */
final class EulerDiscreteScheduler extends VarianceExplodingScheduler {

  private final boolean isContinuous;

  EulerDiscreteScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(options, prediction(options), levels(options, noise, request));
    isContinuous = isContinuous(options);
  }

  private static Prediction prediction(SchedulerOptions options) {
    return options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE);
  }

  private static boolean isContinuous(SchedulerOptions options) {
    return options.oneOf("timestep_type", "discrete", "continuous").equals("continuous")
        && prediction(options) == Prediction.V_PREDICTION;
  }

  private static Sigmas levels(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    boolean isLogLinear =
        options.oneOf("interpolation_type", "linear", "log_linear").equals("log_linear");
    SigmaSchedule schedule = options.sigmaSchedule(false);
    float last = options.finalSigmaIsZero() ? 0 : noise.sigma(0);
    double[] sigmas = request.sigmas();
    Sigmas levels;
    if (sigmas != null) {
      levels = new Sigmas(timestepsOf(noise, sigmas), Sigmas.floats(sigmas));
    } else if (isLogLinear) {
      double[] timesteps = Sigmas.spacedTimesteps(options, noise, request);
      levels =
          Sigmas.varianceExploding(
              options, noise, timesteps, logLinear(noise, request.steps()), schedule, last);
    } else {
      levels = Sigmas.varianceExploding(options, noise, request, schedule, last);
    }
    if (!isContinuous(options)) {
      return levels;
    }
    if (request.timesteps() != null) {
      throw options.unexpected("timestep_type", "discrete where a run has timesteps of its own");
    }
    return levels.withTimesteps(sigma -> (float) (0.25 * StrictMath.log(sigma)));
  }

  private static float[] timestepsOf(NoiseSchedule noise, double[] sigmas) {
    float[] timesteps = new float[sigmas.length - 1];
    for (int i = 0; i < timesteps.length; i++) {
      timesteps[i] = (float) noise.timestepOf((float) sigmas[i]);
    }
    return timesteps;
  }

  /** One level more than steps: the run ends at the least noise of training, as in diffusers. */
  private static double[] logLinear(NoiseSchedule noise, int steps) {
    float[] logs =
        NoiseSchedule.linspace(
            (float) StrictMath.log(noise.sigma(noise.timesteps() - 1)),
            (float) StrictMath.log(noise.sigma(0)),
            steps + 1);
    double[] levels = new double[steps + 1];
    for (int i = 0; i <= steps; i++) {
      levels[i] = (float) StrictMath.exp(logs[i]);
    }
    return levels;
  }

  @Override
  public boolean takesFractionalTimesteps() {
    return isContinuous;
  }

  @Override
  public int modelOutputHistory() {
    return 0;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float sigma = sigma(step);
    float move = sigma(step + 1) - sigma;
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    predict(step, modelOutput, trajectory);
    for (int i = 0; i < latents.length; i++) {
      latents[i] += (latents[i] - denoised[i]) / sigma * move;
    }
  }
}
