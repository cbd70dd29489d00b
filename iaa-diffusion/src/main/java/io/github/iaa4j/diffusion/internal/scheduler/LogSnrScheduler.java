package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * What the solvers share that step in {@code lambda = log(alpha / sigma)}, half the log of the
 * signal-to-noise ratio, on latents {@code x = alpha * x0 + sigma * epsilon}. These are variance
 * preserving, or with {@code use_flow_sigmas} those of a flow, unless a solver says another {@link
 * ForwardProcess}.
 */
abstract class LogSnrScheduler implements Scheduler {

  private final String name;
  private final Sigmas levels;
  private final ForwardProcess process;
  final Prediction prediction;
  final SampleClipping limit;

  LogSnrScheduler(SchedulerOptions options, Sigmas levels) {
    this(options, levels, process(options), prediction(options));
  }

  LogSnrScheduler(
      SchedulerOptions options, Sigmas levels, ForwardProcess process, Prediction prediction) {
    this.name = options.schedulerName();
    this.levels = levels;
    this.process = process;
    this.prediction = prediction;
    limit = SampleClipping.thresholdOr(SampleClipping.none(), options);
  }

  static ForwardProcess process(SchedulerOptions options) {
    return isFlow(options) ? ForwardProcess.FLOW : ForwardProcess.VARIANCE_PRESERVING;
  }

  static Prediction prediction(SchedulerOptions options) {
    // A velocity of a flow means nothing on other latents.
    return isFlow(options)
        ? options.prediction(
            Prediction.EPSILON,
            Prediction.V_PREDICTION,
            Prediction.SAMPLE,
            Prediction.FLOW_PREDICTION)
        : options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE);
  }

  static boolean isFlow(SchedulerOptions options) {
    options.refuseDynamicShifting();
    return options.flag("use_flow_sigmas", false);
  }

  /** How the sigmas lie; those of a flow cannot be scheduled. */
  static SigmaSchedule sigmaSchedule(SchedulerOptions options, boolean lu) {
    SigmaSchedule schedule = options.sigmaSchedule(lu);
    if (schedule != SigmaSchedule.TIMESTEPS && isFlow(options)) {
      throw options.unexpected(
          "use_flow_sigmas", "false where a schedule is set for the sigmas of training");
    }
    return schedule;
  }

  /**
   * Whole timesteps of a run. Linspace and leading leave out their last point, where there is
   * nothing left to denoise.
   */
  static int[] timesteps(
      SchedulerOptions options, TimestepRequest request, Spacing spacing, int trained) {
    int count = spacing == Spacing.TRAILING ? request.steps() : request.steps() + 1;
    return options.wholeTimesteps(request, spacing, count, trained);
  }

  @Override
  public final String name() {
    return name;
  }

  @Override
  public final int steps() {
    return levels.steps();
  }

  @Override
  public final float timestep(int step) {
    return levels.timestep(step);
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  final float level(int index) {
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
  public final void addNoise(float[] clean, float[] epsilon, int startStep, float[] into) {
    float alpha = (float) alpha(startStep);
    float sigma = (float) sigma(startStep);
    for (int i = 0; i < into.length; i++) {
      into[i] = alpha * clean[i] + sigma * epsilon[i];
    }
  }

  final double alpha(int index) {
    return process.alpha(levels.sigma(index));
  }

  final double sigma(int index) {
    return process.sigma(levels.sigma(index));
  }

  final double lambda(int index) {
    return StrictMath.log(alpha(index)) - StrictMath.log(sigma(index));
  }
}
