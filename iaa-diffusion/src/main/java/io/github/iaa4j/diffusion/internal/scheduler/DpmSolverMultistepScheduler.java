package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * DPM-Solver and DPM-Solver++ as multistep methods, of order 1 to 3, deterministic or stochastic:
 * Lu et al., arXiv 2211.01095, algorithm 2. With predictions m0, m1, m2 of this step and of those
 * before, which were h1 and h2 long, {@code r0 = h1 / h} and {@code r1 = h2 / h}:
 *
 * <pre>
 * order 1   D0 = m0
 * order 2   D1 = (m0 - m1) / r0
 * order 3   D1 = a + r0 / (r0 + r1) * (a - b), D2 = (a - b) / (r0 + r1)
 *           a = (m0 - m1) / r0, b = (m1 - m2) / r1
 * </pre>
 *
 * <p>{@link DpmAlgorithm} says how they move the latents; the midpoint solver weighs D1 of order 2
 * as half of D0.
 *
 * <p>Behaves as {@code DPMSolverMultistepScheduler} of diffusers.
 */
class DpmSolverMultistepScheduler extends HistoryScheduler {

  private final DpmAlgorithm algorithm;
  private final int solverOrder;
  private final boolean isMidpoint;
  private final boolean lastStepIsFirstOrder;
  private final boolean endIsLowerOrder;

  DpmSolverMultistepScheduler(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    this(
        options,
        levels(options, noise, request),
        algorithm(options, DpmAlgorithm.values()),
        process(options),
        prediction(options));
  }

  DpmSolverMultistepScheduler(
      SchedulerOptions options,
      Sigmas levels,
      DpmAlgorithm algorithm,
      ForwardProcess process,
      Prediction prediction) {
    super(
        options, levels, algorithm.predictsNoise(), algorithm.isStochastic(), process, prediction);
    this.algorithm = algorithm;
    isMidpoint = isMidpoint(options);
    solverOrder = options.solverOrder();
    if (solverOrder == 3 && algorithm == DpmAlgorithm.SDE_DPMSOLVER) {
      throw options.unexpected("solver_order", "1 or 2 with sde-dpmsolver");
    }
    endIsLowerOrder = options.flag("lower_order_final", true) && steps() < 15;
    lastStepIsFirstOrder =
        endIsLowerOrder || options.flag("euler_at_final", false) || options.finalSigmaIsZero();
    computeWeights();
  }

  static boolean isMidpoint(SchedulerOptions options) {
    // Solver types of DEIS and UniPC come from swapped schedulers, and mean midpoint.
    return !options.oneOf("solver_type", "midpoint", "heun", "logrho", "bh1", "bh2").equals("heun");
  }

  /** The algorithm, and whether it is one that can end without noise. */
  static DpmAlgorithm algorithm(SchedulerOptions options, DpmAlgorithm... known) {
    // A fixed variance is a matter of the sampler that the config came from.
    options.oneOf(
        "variance_type", "fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log");
    String[] keys = new String[known.length + 1];
    for (int i = 0; i < known.length; i++) {
      keys[i] = known[i].key();
    }
    keys[known.length] = "deis";
    String key = options.oneOf("algorithm_type", keys);
    DpmAlgorithm algorithm = known[0];
    for (DpmAlgorithm one : known) {
      algorithm = one.key().equals(key) ? one : algorithm;
    }
    if (algorithm.predictsNoise() && options.finalSigmaIsZero()) {
      throw options.unexpected(
          "final_sigmas_type", "sigma_min with algorithm_type " + algorithm.key());
    }
    return algorithm;
  }

  private static Sigmas levels(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    SigmaSchedule schedule = sigmaSchedule(options, true);
    boolean endsAtZero = options.finalSigmaIsZero();
    if (request.timesteps() != null && schedule != SigmaSchedule.TIMESTEPS) {
      throw options.unexpected("use_lu_lambdas", "false where a run has timesteps of its own");
    }
    if (isFlow(options)) {
      return Sigmas.flow(options, request, noise.timesteps(), endsAtZero ? 0 : noise.sigma(0));
    }
    return Sigmas.variancePreserving(
        options,
        noise,
        clippedTimesteps(options, noise, request, options.spacing(Spacing.LINSPACE)),
        schedule,
        false,
        endsAtZero ? Sigmas.FinalSigma.ZERO : Sigmas.FinalSigma.SIGMA_MIN);
  }

  /** The timesteps of a run without those whose lambda is below {@code lambda_min_clipped}. */
  static int[] clippedTimesteps(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request, Spacing spacing) {
    double least = options.number("lambda_min_clipped", Double.NEGATIVE_INFINITY);
    int trained = noise.timesteps() - noise.countBelow(least);
    if (request.timesteps() != null || trained == noise.timesteps()) {
      return timesteps(options, request, spacing, noise.timesteps());
    }
    if (trained < request.steps() + 1) {
      throw options.unexpected(
          "lambda_min_clipped", "a number that leaves more timesteps than the run has steps");
    }
    if (spacing == Spacing.TRAILING) {
      return Spacing.trailing(trained, noise.timesteps() / (double) request.steps());
    }
    return timesteps(options, request, spacing, trained);
  }

  @Override
  final int order(int step) {
    int left = steps() - step;
    if (left == 1 && lastStepIsFirstOrder) {
      return 1;
    }
    return left == 2 && endIsLowerOrder ? Math.min(solverOrder, 2) : solverOrder;
  }

  @Override
  final boolean isSinglestep() {
    return false;
  }

  @Override
  final Weights weights(int step, int order) {
    double h = lambda(step + 1) - lambda(step);
    DpmAlgorithm.Step move =
        algorithm.new Step(alpha(step), sigma(step), alpha(step + 1), sigma(step + 1), h);
    double x = move.xWeight();
    double d0 = move.d0Weight();
    double noise = move.deviation();
    if (order == 1) {
      return Weights.of(x, d0, 0, 0, noise);
    }
    double r0 = (lambda(step) - lambda(step - 1)) / h;
    if (order == 2) {
      double slope = (isMidpoint ? d0 / 2 : move.d1Weight()) / r0;
      return Weights.of(x, d0 + slope, -slope, 0, noise);
    }
    double r1 = (lambda(step - 1) - lambda(step - 2)) / h;
    double d1 = move.d1Weight();
    double d2 = move.d2Weight();
    double a = (d1 * (1 + r0 / (r0 + r1)) + d2 / (r0 + r1)) / r0;
    double b = -(d1 * r0 / (r0 + r1) + d2 / (r0 + r1)) / r1;
    return Weights.of(x, d0 + a, b - a, -b, noise);
  }
}
