package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * A solver whose step is a weighted sum of the latents, what the model predicts now and at up to
 * two steps before, and new noise. What it weighs is either the clean latents or the noise.
 */
abstract class HistoryScheduler extends LogSnrScheduler {

  /**
   * The weights of one step: of the latents it starts from, of the predictions, the newest first,
   * and of new noise.
   */
  record Weights(float x, float m0, float m1, float m2, float noise) {

    static Weights of(double x, double m0, double m1, double m2, double noise) {
      return new Weights((float) x, (float) m0, (float) m1, (float) m2, (float) noise);
    }
  }

  /** Past predictions. After them: where a singlestep step started, and scratch. */
  private static final int HISTORY = 2;

  private final boolean predictsNoise;
  private final boolean isStochastic;
  private final Weights[][] weights;

  /**
   * @param predictsNoise whether the predictions that are weighed are noise
   * @param isStochastic whether a step adds noise
   */
  HistoryScheduler(
      SchedulerOptions options, Sigmas levels, boolean predictsNoise, boolean isStochastic) {
    this(options, levels, predictsNoise, isStochastic, process(options), prediction(options));
  }

  HistoryScheduler(
      SchedulerOptions options,
      Sigmas levels,
      boolean predictsNoise,
      boolean isStochastic,
      ForwardProcess process,
      Prediction prediction) {
    super(options, levels, process, prediction);
    this.predictsNoise = predictsNoise;
    this.isStochastic = isStochastic;
    weights = new Weights[steps()][];
  }

  /** How many predictions a step would weigh, itself included, if there were enough. */
  abstract int order(int step);

  /** Whether steps of a higher order start from the latents of the last one of first order. */
  abstract boolean isSinglestep();

  /** The weights of a step of some order, at most the step's. */
  abstract Weights weights(int step, int order);

  /** Fills the table of weights. Called at the end of a constructor. */
  final void computeWeights() {
    for (int step = 0; step < steps(); step++) {
      int highest = Math.min(order(step), step + 1);
      weights[step] = new Weights[highest];
      for (int order = 1; order <= highest; order++) {
        weights[step][order - 1] = weights(step, order);
      }
    }
  }

  /** Whether noise is derived from the clipped clean latents rather than the model output. */
  boolean derivesNoiseFromX0() {
    return limit.isDynamic();
  }

  @Override
  public final int modelOutputHistory() {
    return HISTORY + (isSinglestep() ? 1 : 0) + (needsScratch() ? 1 : 0);
  }

  private boolean needsScratch() {
    return isStochastic || limit.isDynamic();
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    int order = Math.min(order(step), step - trajectory.begin() + 1);
    Weights weight = weights[step][order - 1];
    float alpha = (float) alpha(step);
    float sigma = (float) sigma(step);
    boolean isDirect = !derivesNoiseFromX0();
    boolean isStart = isSinglestep() && order == 1;

    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] m1 = trajectory.history((step + 1) % HISTORY);
    float[] m2 = trajectory.history(step % HISTORY);
    float[] start = isSinglestep() ? trajectory.history(HISTORY) : latents;
    float[] from = order > 1 ? start : latents;
    float[] fresh = needsScratch() ? trajectory.history(modelOutputHistory() - 1) : latents;
    float bound = limit.bound(prediction, latents, modelOutput, alpha, sigma, fresh);
    if (isStochastic) {
      trajectory.drawNoise(step, fresh);
    }
    for (int i = 0; i < latents.length; i++) {
      float x = latents[i];
      float x0 = limit.apply(prediction.x0(x, modelOutput[i], alpha, sigma), bound);
      float m0 = x0;
      if (predictsNoise) {
        m0 =
            isDirect
                ? prediction.epsilon(x, modelOutput[i], alpha, sigma)
                : (x - alpha * x0) / sigma;
      }
      if (isStart) {
        start[i] = x;
      }
      latents[i] =
          weight.x * from[i]
              + weight.m0 * m0
              + weight.m1 * m1[i]
              + weight.m2 * m2[i]
              + weight.noise * fresh[i];
      m2[i] = m0;
      denoised[i] = x0;
    }
  }
}
