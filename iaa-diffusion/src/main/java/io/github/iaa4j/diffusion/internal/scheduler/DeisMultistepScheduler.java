package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Diffusion exponential integrator sampler, log-rho multistep: Zhang, Chen, arXiv 2204.13902, its
 * Adams-Bashforth form in rho. With {@code rho = sigma / alpha}, the noise as a polynomial in
 * log(rho) through this prediction and up to two before it, and L_k its Lagrange polynomials:
 *
 * <pre>x' = alpha' * (x / alpha + sum over k of m_k * integral from rho to rho' of L_k(log r) dr)
 * </pre>
 *
 * <p>Behaves as {@code DEISMultistepScheduler} of diffusers, which never steps to a sigma of zero.
 */
final class DeisMultistepScheduler extends HistoryScheduler {

  private final int solverOrder;
  private final boolean endIsLowerOrder;

  DeisMultistepScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(options, levels(options, noise, request), true, false);
    // Names of other solvers come from swapped schedulers, and mean the one that there is.
    options.oneOf("algorithm_type", "deis", "dpmsolver", "dpmsolver++");
    options.oneOf("solver_type", "logrho", "midpoint", "heun", "bh1", "bh2");
    solverOrder = options.solverOrder();
    endIsLowerOrder = options.flag("lower_order_final", true) && steps() < 15;
    computeWeights();
  }

  private static Sigmas levels(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    SigmaSchedule schedule = sigmaSchedule(options, false);
    if (isFlow(options)) {
      return Sigmas.flow(options, request, noise.timesteps(), Float.NaN);
    }
    return Sigmas.variancePreserving(
        options,
        noise,
        timesteps(options, request, options.spacing(Spacing.LINSPACE), noise.timesteps()),
        schedule,
        true,
        Sigmas.FinalSigma.SIGMA_MIN_OR_REPEATED);
  }

  @Override
  int order(int step) {
    int left = steps() - step;
    return endIsLowerOrder ? Math.min(solverOrder, left) : solverOrder;
  }

  @Override
  boolean isSinglestep() {
    return false;
  }

  @Override
  boolean derivesNoiseFromX0() {
    return true;
  }

  @Override
  Weights weights(int step, int order) {
    double next = alpha(step + 1);
    double[] m = new double[3];
    for (int k = 0; k < order; k++) {
      m[k] = next * integral(step, order, k);
    }
    return Weights.of(next / alpha(step), m[0], m[1], m[2], 0);
  }

  /**
   * Of a Lagrange polynomial in u = log(r), over r: the integrals of 1, u and u^2 over r are r, r
   * (u - 1) and r (u^2 - 2 u + 2). In float32 and in this order, because the terms all but cancel:
   * what is left after rounding is in the fourth digit of the weights of diffusers.
   */
  private float integral(int step, int order, int k) {
    if (order == 1) {
      return rho(step + 1) - rho(step);
    }
    float b = logRho(step - k);
    float c = logRho(step - (k + 1) % order);
    if (order == 2) {
      return linear(step + 1, b, c) - linear(step, b, c);
    }
    float d = logRho(step - (k + 2) % order);
    return quadratic(step + 1, b, c, d) - quadratic(step, b, c, d);
  }

  /** The antiderivative of (u - c) / (b - c). */
  private float linear(int index, float b, float c) {
    return rho(index) * (-c + logRho(index) - 1) / (b - c);
  }

  /** The antiderivative of (u - c) (u - d) / ((b - c) (b - d)). */
  private float quadratic(int index, float b, float c, float d) {
    float u = logRho(index);
    return rho(index) * (c * (d - u + 1) - d * u + d + u * u - 2 * u + 2) / ((b - c) * (b - d));
  }

  private float rho(int index) {
    float alpha = (float) alpha(index);
    return (float) sigma(index) / alpha;
  }

  private float logRho(int index) {
    return (float) StrictMath.log(rho(index));
  }
}
