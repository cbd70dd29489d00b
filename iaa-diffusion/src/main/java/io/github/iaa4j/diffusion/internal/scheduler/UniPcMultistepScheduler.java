package io.github.iaa4j.diffusion.internal.scheduler;

import java.util.Arrays;

/**
 * Unified predictor and corrector: Zhao, Bai, Rao, Zhou, Lu, arXiv 2302.04867, UniPC with B(h).
 * With {@code z = -h} for predictions of clean latents (h for those of noise), a start {@code c * x
 * - s * (exp(z) - 1) * m0}, {@code r_k} the share of the step that m_k stands at and {@code D_k =
 * (m_k - m0) / r_k}:
 *
 * <pre>
 * predictor  x' = start - s * B * sum of rho_k * D_k           k over the predictions before
 * corrector  the same, and D of the prediction at the end, r = 1
 * </pre>
 *
 * <p>{@code B = z} for bh1 and {@code exp(z) - 1} for bh2. The rho solve {@code sum of rho_k *
 * r_k^(n-1) = n! * g_n / B} for each n from 1, with {@code g_1 = (exp(z) - 1) / z - 1} and {@code
 * g_(n+1) = g_n / z - 1 / (n+1)!}. The model's output both corrects the latents that it was
 * computed from and predicts the next ones.
 *
 * <p>Behaves as {@code UniPCMultistepScheduler} of diffusers without a {@code solver_p}.
 */
final class UniPcMultistepScheduler extends LogSnrScheduler {

  /** Three past predictions, then the latents that the last step started from, then scratch. */
  private static final int HISTORY = 3;

  private static final int START = 3;
  private static final int SCRATCH = 4;

  /** Of where a step starts from, of the prediction there, of the two before, and at the end. */
  private record Weights(float x, float m0, float m1, float m2, float end) {}

  private final boolean predictsNoise;
  private final boolean isBh1;
  private final int solverOrder;
  private final boolean lowersFinal;
  private final boolean[] isCorrected;
  private final Weights[][] predictors;
  private final Weights[][] correctors;

  UniPcMultistepScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(options, levels(options, noise, request));
    if (options.has("solver_p")) {
      throw options.unsupported("solver_p", "null");
    }
    // Names of other solvers come from swapped schedulers, and mean bh2.
    isBh1 = options.oneOf("solver_type", "bh2", "bh1", "midpoint", "heun", "logrho").equals("bh1");
    predictsNoise = !options.flag("predict_x0", true);
    if (predictsNoise) {
      options.require("thresholding", false);
    }
    if (predictsNoise && options.finalSigmaIsZero()) {
      throw options.unexpected("final_sigmas_type", "sigma_min with predict_x0 false");
    }
    solverOrder = options.solverOrder();
    lowersFinal = options.flag("lower_order_final", true);
    boolean endsWithoutMove = level(steps()) == 0 || level(steps()) == level(steps() - 1);
    if (!lowersFinal && solverOrder > 1 && endsWithoutMove) {
      throw options.unexpected(
          "lower_order_final", "true where the last noise level is zero or repeated");
    }
    isCorrected = new boolean[steps()];
    Arrays.fill(isCorrected, true);
    for (int step : options.integers("disable_corrector")) {
      if (step >= 0 && step < steps()) {
        isCorrected[step] = false;
      }
    }
    predictors = new Weights[steps()][solverOrder];
    correctors = new Weights[steps()][solverOrder];
    for (int step = 0; step < steps(); step++) {
      for (int order = 1; order <= order(step, 0); order++) {
        predictors[step][order - 1] = weights(step, order, false);
        if (step < steps() - 1) {
          correctors[step][order - 1] = weights(step, order, true);
        }
      }
    }
  }

  private static Sigmas levels(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    boolean endsAtZero = options.finalSigmaIsZero();
    double[] sigmas = request.sigmas();
    if (isFlow(options)) {
      return flow(options, noise, request, endsAtZero);
    }
    if (sigmas != null) {
      throw options.unexpected("use_flow_sigmas", "true where a run has sigmas of its own");
    }
    if (options.has("shift_terminal")) {
      throw options.unexpected("use_flow_sigmas", "true with shift_terminal");
    }
    return Sigmas.variancePreserving(
        options,
        noise,
        timesteps(options, request, options.spacing(Spacing.LINSPACE), noise.timesteps()),
        sigmaSchedule(options, false),
        true,
        endsAtZero ? Sigmas.FinalSigma.ZERO : Sigmas.FinalSigma.SIGMA_MIN_OR_REPEATED);
  }

  private static Sigmas flow(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request, boolean endsAtZero) {
    int trained = noise.timesteps();
    int steps = request.steps();
    boolean isKarras =
        options.sigmaSchedule(false) == SigmaSchedule.KARRAS && request.sigmas() == null;
    double[] levels =
        isKarras ? karrasFlow(options, noise, steps) : evenFlow(options, request, trained);
    float[] timesteps = new float[steps];
    for (int i = 0; i < steps; i++) {
      timesteps[i] = (float) Math.floor(levels[i] * trained);
    }
    return new Sigmas(timesteps, Sigmas.append(levels, endsAtZero ? 0 : (float) levels[steps - 1]));
  }

  private static double[] evenFlow(SchedulerOptions options, TimestepRequest request, int trained) {
    sigmaSchedule(options, false);
    double[] levels = request.sigmas();
    if (levels == null) {
      levels = new double[request.steps()];
      double stride = (1.0 / trained - 1) / levels.length;
      for (int i = 0; i < levels.length; i++) {
        levels[i] = 1 + i * stride;
      }
    }
    levels = FlowMatchEulerDiscreteScheduler.shifted(options, "flow_shift", levels);
    // A level of pure noise has no lambda.
    levels[0] = Math.abs(levels[0] - 1) < 1e-6 ? levels[0] - 1e-6 : levels[0];
    return levels;
  }

  /** Levels with the signal-to-noise ratios of Karras sigmas, which no shift moves. */
  private static double[] karrasFlow(SchedulerOptions options, NoiseSchedule noise, int steps) {
    double[] levels =
        options.sigmas(
            SigmaSchedule.KARRAS, noise.sigma(noise.timesteps() - 1), noise.sigma(0), steps);
    for (int i = 0; i < steps; i++) {
      levels[i] /= levels[i] + 1;
    }
    return levels;
  }

  @Override
  public int modelOutputHistory() {
    return limit.isDynamic() ? SCRATCH + 1 : SCRATCH;
  }

  private int order(int step, int begin) {
    int order = Math.min(solverOrder, step - begin + 1);
    return lowersFinal ? Math.min(order, steps() - step) : order;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    boolean corrects = step > trajectory.begin() && isCorrected[step - 1];
    Weights corrector =
        correctors[Math.max(step - 1, 0)][corrects ? order(step - 1, trajectory.begin()) - 1 : 0];
    Weights predictor = predictors[step][order(step, trajectory.begin()) - 1];
    float alpha = (float) alpha(step);
    float sigma = (float) sigma(step);

    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] start = trajectory.history(START);
    float[] m1 = trajectory.history((step + 2) % HISTORY);
    float[] m2 = trajectory.history((step + 1) % HISTORY);
    float[] m3 = trajectory.history(step % HISTORY);
    float[] scratch = limit.isDynamic() ? trajectory.history(SCRATCH) : latents;
    float bound = limit.bound(prediction, latents, modelOutput, alpha, sigma, scratch);
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = limit.apply(prediction.x0(x, modelOutput[i], alpha, sigma), bound);
      float m0 = predictsNoise ? prediction.epsilon(x, modelOutput[i], alpha, sigma) : x0;
      if (corrects) {
        x =
            corrector.x * start[i]
                + corrector.m0 * m1[i]
                + corrector.m1 * m2[i]
                + corrector.m2 * m3[i]
                + corrector.end * m0;
      }
      start[i] = x;
      latents[i] =
          predictor.x * x + predictor.m0 * m0 + predictor.m1 * m1[i] + predictor.m2 * m2[i];
      m3[i] = m0;
      denoised[i] = x0;
    }
  }

  /** The weights of the step from one level to the next, without or with the output at its end. */
  private Weights weights(int step, int order, boolean corrects) {
    double h = lambda(step + 1) - lambda(step);
    double z = predictsNoise ? h : -h;
    double phi = StrictMath.expm1(z);
    double scale = predictsNoise ? sigma(step + 1) : alpha(step + 1);
    double x = predictsNoise ? alpha(step + 1) / alpha(step) : sigma(step + 1) / sigma(step);
    double m0 = -scale * phi;
    double[] r = new double[order];
    for (int k = 1; k < order; k++) {
      r[k - 1] = (lambda(step - k) - lambda(step)) / h;
    }
    r[order - 1] = 1;
    int unknowns = corrects ? order : order - 1;
    double b = isBh1 ? z : phi;
    double[] rho = rho(r, unknowns, z, b, corrects);
    double[] m = new double[3];
    for (int k = 0; k < unknowns; k++) {
      m[k] = -scale * b * rho[k] / r[k];
      m0 -= m[k];
    }
    double end = 0;
    if (corrects) {
      end = m[order - 1];
      m[order - 1] = 0;
    }
    return new Weights((float) x, (float) m0, (float) m[0], (float) m[1], (float) end);
  }

  /** Solves for the weights of the differences; one unknown is set to one half, as in the paper. */
  private static double[] rho(double[] r, int unknowns, double z, double b, boolean corrects) {
    if (unknowns == 0) {
      return new double[0];
    }
    if (unknowns == 1 && (!corrects || r.length == 1)) {
      return new double[] {0.5};
    }
    double[][] rows = new double[unknowns][unknowns + 1];
    double phi = StrictMath.expm1(z) / z - 1;
    double factorial = 1;
    for (int n = 0; n < unknowns; n++) {
      for (int k = 0; k < unknowns; k++) {
        rows[n][k] = Math.pow(r[k], n);
      }
      rows[n][unknowns] = phi * factorial / b;
      factorial *= n + 2;
      phi = phi / z - 1 / factorial;
    }
    return solve(rows);
  }

  /** Gauss's elimination; the matrix is Vandermonde's of different numbers. */
  private static double[] solve(double[][] rows) {
    int size = rows.length;
    for (int pivot = 0; pivot < size; pivot++) {
      for (int row = 0; row < size; row++) {
        if (row != pivot) {
          double factor = rows[row][pivot] / rows[pivot][pivot];
          for (int column = pivot; column <= size; column++) {
            rows[row][column] -= factor * rows[pivot][column];
          }
        }
      }
    }
    double[] solution = new double[size];
    for (int row = 0; row < size; row++) {
      solution[row] = rows[row][size] / rows[row][row];
    }
    return solution;
  }
}
