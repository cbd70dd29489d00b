package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * Pseudo numerical methods for diffusion models: Liu, Ren, Lin, Zhao, arXiv 2202.09778. A linear
 * multistep method over the last four outputs e, moved by their transfer part:
 *
 * <pre>
 * e' = (55 * e0 - 59 * e1 + 37 * e2 - 9 * e3) / 24
 * x' = sqrt(alphaBar' / alphaBar) * x - (alphaBar' - alphaBar) * e'
 *      / (alphaBar * sqrt(1 - alphaBar') + sqrt(alphaBar * (1 - alphaBar) * alphaBar'))
 * </pre>
 *
 * <p>The first three steps are either Runge-Kutta ones of four evaluations each, or with {@code
 * skip_prk_steps} an improved Euler step of two evaluations and multistep ones of lower order.
 *
 * <p>Behaves as {@code PNDMScheduler} of diffusers, which combines outputs before it takes a
 * velocity for noise.
 */
final class PndmScheduler extends TimestepScheduler {

  private static final int PRK_EVALUATIONS = 12;
  private static final int MIXED = 4;
  private static final int START = 5;

  private final SchedulerOptions options;
  private final boolean skipsPrk;
  private final float last;
  private final int stride;

  PndmScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        noise,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION),
        timesteps(options, request, noise.timesteps()));
    this.options = options;
    skipsPrk = options.flag("skip_prk_steps", false);
    last = options.flag("set_alpha_to_one", false) ? 1 : noise.alphaCumprod(0);
    stride = noise.timesteps() / request.steps();
  }

  private static int[] timesteps(SchedulerOptions options, TimestepRequest request, int trained) {
    int steps = request.steps();
    int[] spaced =
        options.wholeTimesteps(request, options.spacing(Spacing.LEADING), steps, trained);
    if (options.flag("skip_prk_steps", false)) {
      int[] timesteps = new int[steps == 1 ? 1 : steps + 1];
      for (int i = 0; i < timesteps.length; i++) {
        timesteps[i] = spaced[i < 2 ? i : i - 1];
      }
      return timesteps;
    }
    if (steps < 4) {
      throw options.unexpected(
          "skip_prk_steps", "true for less than 4 steps, because Runge-Kutta takes the first 3");
    }
    int half = trained / steps / 2;
    int[] timesteps = new int[PRK_EVALUATIONS + steps - 3];
    for (int k = 0; k < 3; k++) {
      timesteps[4 * k] = spaced[k];
      timesteps[4 * k + 1] = spaced[k + 1] + half;
      timesteps[4 * k + 2] = spaced[k + 1] + half;
      timesteps[4 * k + 3] = spaced[k + 1];
    }
    System.arraycopy(spaced, 3, timesteps, PRK_EVALUATIONS, steps - 3);
    return timesteps;
  }

  @Override
  public int modelOutputHistory() {
    return 6;
  }

  @Override
  public int begin(int skipped) {
    if (skipped > 0 && !skipsPrk) {
      throw options.unexpected(
          "skip_prk_steps", "true where steps are left out, because Runge-Kutta takes the first 3");
    }
    return skipped;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    predict(step, modelOutput, trajectory);
    int taken = step - trajectory.begin();
    if (!skipsPrk && taken < PRK_EVALUATIONS) {
      rungeKutta(step, modelOutput, trajectory);
    } else {
      multistep(step, taken, modelOutput, trajectory);
    }
  }

  private void predict(int step, float[] modelOutput, Trajectory trajectory) {
    float alphaCumprod = noise.alphaCumprod(wholeTimestep(step));
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    for (int i = 0; i < latents.length; i++) {
      denoised[i] = prediction.x0(latents[i], modelOutput[i], alpha, sigma);
    }
  }

  private void rungeKutta(int step, float[] modelOutput, Trajectory trajectory) {
    int part = step % 4;
    float[] mixed = trajectory.history(MIXED);
    float[] start = trajectory.history(START);
    float[] output = part == 0 ? modelOutput : mixed;
    if (part == 0) {
      System.arraycopy(trajectory.latents(), 0, start, 0, start.length);
      System.arraycopy(modelOutput, 0, trajectory.history(step / 4), 0, start.length);
    }
    float weight = part == 0 || part == 3 ? 1 / 6f : 1 / 3f;
    for (int i = 0; i < mixed.length; i++) {
      mixed[i] = (part == 0 ? 0 : mixed[i]) + weight * modelOutput[i];
    }
    if (part < 3) {
      output = modelOutput;
    }
    int next = wholeTimestep(step) - (step % 2 == 0 ? stride / 2 : 0);
    transfer(start, wholeTimestep(step - part), next, output, trajectory);
  }

  private void multistep(int step, int taken, float[] modelOutput, Trajectory trajectory) {
    int timestep = wholeTimestep(step);
    float[] mixed = trajectory.history(MIXED);
    float[] start = trajectory.history(START);
    if (taken == 1) {
      float[] e1 = trajectory.history(0);
      for (int i = 0; i < mixed.length; i++) {
        mixed[i] = (modelOutput[i] + e1[i]) / 2;
      }
      transfer(start, timestep + stride, timestep, mixed, trajectory);
      return;
    }
    // Outputs are numbered without the second one of the improved Euler step.
    int number = skipsPrk ? Math.max(taken - 1, 0) : taken - PRK_EVALUATIONS + 3;
    float[] e0 = trajectory.history(number % 4);
    float[] e1 = trajectory.history((number + 3) % 4);
    float[] e2 = trajectory.history((number + 2) % 4);
    float[] e3 = trajectory.history((number + 1) % 4);
    for (int i = 0; i < mixed.length; i++) {
      float e = modelOutput[i];
      mixed[i] =
          switch (Math.min(number, 3)) {
            case 0 -> e;
            case 1 -> (3 * e - e1[i]) / 2;
            case 2 -> (23 * e - 16 * e1[i] + 5 * e2[i]) / 12;
            default -> 1 / 24f * (55 * e - 59 * e1[i] + 37 * e2[i] - 9 * e3[i]);
          };
      e0[i] = e;
    }
    if (taken == 0) {
      System.arraycopy(trajectory.latents(), 0, start, 0, start.length);
    }
    transfer(trajectory.latents(), timestep, timestep - stride, mixed, trajectory);
  }

  private void transfer(
      float[] from, int timestep, int next, float[] output, Trajectory trajectory) {
    float alphaCumprod = noise.alphaCumprod(timestep);
    float nextAlphaCumprod = next >= 0 ? noise.alphaCumprod(next) : last;
    float alpha = alpha(alphaCumprod);
    float sigma = sigma(alphaCumprod);
    float xWeight = (float) Math.sqrt(nextAlphaCumprod / alphaCumprod);
    float divisor =
        alphaCumprod * sigma(nextAlphaCumprod)
            + (float) Math.sqrt(alphaCumprod * (1 - alphaCumprod) * nextAlphaCumprod);
    float rise = nextAlphaCumprod - alphaCumprod;
    float[] latents = trajectory.latents();
    for (int i = 0; i < latents.length; i++) {
      float epsilon = prediction.epsilon(from[i], output[i], alpha, sigma);
      latents[i] = xWeight * from[i] - rise * epsilon / divisor;
    }
  }
}
