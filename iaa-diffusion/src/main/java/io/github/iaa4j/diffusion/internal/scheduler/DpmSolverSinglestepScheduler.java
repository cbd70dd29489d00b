package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * DPM-Solver and DPM-Solver++ as singlestep methods, of order 1 to 3: Lu et al., arXiv 2206.00927,
 * algorithms 1 and 2, and 2211.01095, algorithm 1. A step of order k evaluates the model k times,
 * the first k - 1 times within it. The last of them starts again from the latents of the first,
 * with the predictions m0, m1, m2, the newest first, and the r of each as the share of the step
 * that it stands at:
 *
 * <pre>
 * order 2   D0 = m1, D1 = (m0 - m1) / r0
 * order 3   D0 = m2, D1 = (r0 * b - r1 * a) / (r0 - r1), D2 = 2 * (a - b) / (r0 - r1)
 *           a = (m0 - m2) / r0, b = (m1 - m2) / r1; midpoint: D1 = a, D2 = 0
 * </pre>
 *
 * <p>Behaves as {@code DPMSolverSinglestepScheduler} of diffusers, which knows one spacing,
 * linspace, and lowers the last orders where the steps do not divide by the order.
 */
final class DpmSolverSinglestepScheduler extends HistoryScheduler {

  private final DpmAlgorithm algorithm;
  private final boolean isMidpoint;
  private final int[] orders;

  DpmSolverSinglestepScheduler(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        levels(options, noise, request),
        algorithm(options).predictsNoise(),
        algorithm(options).isStochastic());
    algorithm = algorithm(options);
    isMidpoint = DpmSolverMultistepScheduler.isMidpoint(options);
    if (algorithm.predictsNoise()) {
      options.require("thresholding", false);
    }
    boolean lowers = options.flag("lower_order_final", false) || options.finalSigmaIsZero();
    orders = orders(options.solverOrder(), steps(), lowers);
    if (options.finalSigmaIsZero()) {
      orders[steps() - 1] = 1;
    }
    computeWeights();
  }

  private static DpmAlgorithm algorithm(SchedulerOptions options) {
    return DpmSolverMultistepScheduler.algorithm(
        options,
        DpmAlgorithm.DPMSOLVER_PLUS_PLUS,
        DpmAlgorithm.DPMSOLVER,
        DpmAlgorithm.SDE_DPMSOLVER_PLUS_PLUS);
  }

  private static Sigmas levels(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    SigmaSchedule schedule = sigmaSchedule(options, false);
    boolean endsAtZero = options.finalSigmaIsZero();
    if (isFlow(options)) {
      return Sigmas.flow(options, request, noise.timesteps(), endsAtZero ? 0 : noise.sigma(0));
    }
    return Sigmas.variancePreserving(
        options,
        noise,
        DpmSolverMultistepScheduler.clippedTimesteps(options, noise, request, Spacing.LINSPACE),
        schedule,
        true,
        endsAtZero ? Sigmas.FinalSigma.ZERO : Sigmas.FinalSigma.SIGMA_MIN);
  }

  /** Rising orders up to the solver's, repeated; the last are lower where configured or needed. */
  private static int[] orders(int solverOrder, int steps, boolean lowers) {
    int[] orders = new int[steps];
    for (int step = 0; step < steps; step++) {
      orders[step] = step % solverOrder + 1;
    }
    boolean isWhole = steps % solverOrder == 0;
    if (isWhole && lowers) {
      orders[steps - 1] = 1;
      if (solverOrder == 3) {
        orders[steps - 2] = 2;
      }
    }
    return orders;
  }

  @Override
  int order(int step) {
    return orders[step];
  }

  @Override
  boolean isSinglestep() {
    return true;
  }

  @Override
  Weights weights(int step, int order) {
    int first = step - order + 1;
    double h = lambda(step + 1) - lambda(first);
    DpmAlgorithm.Step move =
        algorithm.new Step(alpha(first), sigma(first), alpha(step + 1), sigma(step + 1), h);
    double x = move.xWeight();
    double d0 = move.d0Weight();
    double noise = move.deviation();
    if (order == 1) {
      return Weights.of(x, d0, 0, 0, noise);
    }
    double r0 = (lambda(step) - lambda(first)) / h;
    if (order == 2) {
      double slope = (isMidpoint ? d0 / 2 : move.d1Weight()) / r0;
      return Weights.of(x, slope, d0 - slope, 0, noise);
    }
    double r1 = (lambda(step - 1) - lambda(first)) / h;
    double d1 = move.d1Weight();
    double d2 = isMidpoint ? 0 : move.d2Weight();
    double a = isMidpoint ? d1 / r0 : (-d1 * r1 + 2 * d2) / (r0 - r1) / r0;
    double b = isMidpoint ? 0 : (d1 * r0 - 2 * d2) / (r0 - r1) / r1;
    return Weights.of(x, a, b, d0 - a - b, noise);
  }
}
