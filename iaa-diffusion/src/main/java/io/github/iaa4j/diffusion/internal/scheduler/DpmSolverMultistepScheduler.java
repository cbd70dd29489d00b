package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * DPM-Solver++ 2M: Lu et al., arXiv 2211.01095, algorithm 2, midpoint form. With {@code x = alpha *
 * x0 + sigma * epsilon}, {@code lambda = log(alpha / sigma)}, {@code h = lambda' - lambda} and the
 * predictions m0 of this step and m1 of the one before, which was a step of h1:
 *
 * <pre>
 * D  = m0 + h / (2 * h1) * (m0 - m1)        first order: D = m0
 * x' = sigma' / sigma * x - alpha' * (exp(-h) - 1) * D
 * </pre>
 *
 * <p>Behaves as {@code DPMSolverMultistepScheduler} of diffusers with {@code algorithm_type} {@code
 * dpmsolver++}.
 */
final class DpmSolverMultistepScheduler implements Scheduler {

  static final String NAME = "DPMSolverMultistepScheduler";

  private final Prediction prediction;
  private final int[] timesteps;
  private final float[] sigmas;
  private final boolean secondOrder;
  private final boolean lastStepIsFirstOrder;

  DpmSolverMultistepScheduler(SchedulerConfig config, NoiseSchedule noise, int steps) {
    config.only("algorithm_type", "dpmsolver++", "deis");
    config.only("solver_type", "midpoint", "logrho", "bh1", "bh2");
    config.only("thresholding", false);
    config.only("use_exponential_sigmas", false);
    config.only("use_beta_sigmas", false);
    config.only("use_lu_lambdas", false);
    config.only("use_flow_sigmas", false);
    config.only("use_dynamic_shifting", false);
    // A fixed variance is a matter of the sampler that the config came from.
    config.only(
        "variance_type", "fixed_small", "fixed_small_log", "fixed_large", "fixed_large_log");
    if (config.number("lambda_min_clipped", Double.NEGATIVE_INFINITY) != Double.NEGATIVE_INFINITY) {
      throw config.unsupported("lambda_min_clipped", "-Infinity");
    }
    int order = config.integer("solver_order", 2);
    if (order != 1 && order != 2) {
      throw config.unsupported("solver_order", "1 or 2");
    }
    secondOrder = order == 2;
    boolean endsAtZero = config.finalSigmaIsZero();
    boolean lowerOrderFinal = config.flag("lower_order_final", true);
    lastStepIsFirstOrder =
        config.flag("euler_at_final", false) || (lowerOrderFinal && steps < 15) || endsAtZero;
    prediction = config.prediction();

    int trained = noise.timesteps();
    Spacing spacing = config.spacing(Spacing.LINSPACE);
    // Linspace and leading leave out their last point, where there is nothing left to denoise.
    double[] spread =
        spacing.timesteps(
            spacing == Spacing.TRAILING ? steps : steps + 1,
            trained,
            config.integer("steps_offset", 0));
    timesteps = new int[steps];
    sigmas = new float[steps + 1];
    for (int i = 0; i < steps; i++) {
      timesteps[i] = (int) Math.rint(spread[i]);
      if (timesteps[i] < 0 || timesteps[i] >= trained) {
        throw config.outside(timesteps[i], trained);
      }
      sigmas[i] = noise.sigma(timesteps[i]);
    }
    if (config.flag("use_karras_sigmas", false)) {
      boolean rounds = !config.string("beta_schedule", "linear").equals("squaredcos_cap_v2");
      double[] levels = Karras.sigmas(noise.sigma(trained - 1), noise.sigma(0), steps);
      for (int i = 0; i < steps; i++) {
        double timestep = noise.timestepOf(levels[i]);
        timesteps[i] = (int) (rounds ? Math.rint(timestep) : timestep);
        sigmas[i] = (float) levels[i];
      }
    }
    sigmas[steps] = endsAtZero ? 0 : noise.sigma(0);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public int steps() {
    return timesteps.length;
  }

  @Override
  public float timestep(int step) {
    return timesteps[step];
  }

  /** The noise level before a step; after the last step at {@code steps()}. */
  float sigma(int step) {
    return sigmas[step];
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
  public void step(int step, float[] modelOutput, float[] latents, float[] denoised) {
    float alpha = (float) alpha(step);
    float sigma = (float) sigmaOfUnitVariance(step);
    double h = lambda(step + 1) - lambda(step);
    float keep = (float) (sigmaOfUnitVariance(step + 1) / sigmaOfUnitVariance(step));
    float move = (float) (-alpha(step + 1) * StrictMath.expm1(-h));
    boolean isLast = step == steps() - 1;
    boolean isFirstOrder = !secondOrder || step == 0 || (isLast && lastStepIsFirstOrder);
    float slope = isFirstOrder ? 0 : (float) (h / (2 * (lambda(step) - lambda(step - 1))));
    for (int i = 0; i < latents.length; i++) {
      float m1 = denoised[i];
      float m0 = prediction.x0(latents[i], modelOutput[i], alpha, sigma);
      float d = isFirstOrder ? m0 : m0 + slope * (m0 - m1);
      denoised[i] = m0;
      latents[i] = keep * latents[i] + move * d;
    }
  }

  private double alpha(int step) {
    return 1 / Math.sqrt((double) sigmas[step] * sigmas[step] + 1);
  }

  private double sigmaOfUnitVariance(int step) {
    return sigmas[step] * alpha(step);
  }

  /** Half the log of the signal-to-noise ratio; alpha / sigma is one over the noise level. */
  private double lambda(int step) {
    return -StrictMath.log(sigmas[step]);
  }
}
