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

  /** Past predictions; after them where a step over several answers starts, and room to work in. */
  private static final int PAST = 2;

  private final boolean predictsNoise;
  private final boolean isStochastic;
  private final Weights[][] weights;

  /**
   * @param predictsNoise whether the predictions that are weighed are noise
   * @param isStochastic whether a step adds noise
   */
  HistoryScheduler(
      String name,
      SchedulerOptions options,
      Sigmas levels,
      boolean predictsNoise,
      boolean isStochastic) {
    this(name, options, levels, predictsNoise, isStochastic, mixture(options), prediction(options));
  }

  HistoryScheduler(
      String name,
      SchedulerOptions options,
      Sigmas levels,
      boolean predictsNoise,
      boolean isStochastic,
      Mixture mixture,
      Prediction prediction) {
    super(name, options, levels, mixture, prediction);
    this.predictsNoise = predictsNoise;
    this.isStochastic = isStochastic;
    weights = new Weights[steps()][];
  }

  /** How many predictions a step would weigh, itself included, if there were enough. */
  abstract int order(int step);

  /** Whether steps of a higher order start where the one of first order before them did. */
  abstract boolean startsOver();

  /** The weights of a step of some order, at most the step's. */
  abstract Weights weights(int step, int order);

  /** Fills the table of weights; called at the end of a constructor. */
  final void weigh() {
    for (int step = 0; step < steps(); step++) {
      int highest = Math.min(order(step), step + 1);
      weights[step] = new Weights[highest];
      for (int order = 1; order <= highest; order++) {
        weights[step][order - 1] = weights(step, order);
      }
    }
  }

  /** Whether predicted noise goes through the predicted clean latents even where nothing clips. */
  boolean detours() {
    return limit.isDynamic();
  }

  @Override
  public final int histories() {
    return PAST + (startsOver() ? 1 : 0) + (needsRoom() ? 1 : 0);
  }

  private boolean needsRoom() {
    return isStochastic || limit.isDynamic();
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory job) {
    int order = Math.min(order(step), step - job.begin() + 1);
    Weights weight = weights[step][order - 1];
    float alpha = (float) alpha(step);
    float sigma = (float) sigma(step);
    boolean isDirect = !detours();
    boolean isStart = startsOver() && order == 1;

    float[] latents = job.latents();
    float[] denoised = job.denoised();
    float[] m1 = job.history((step + 1) % PAST);
    float[] m2 = job.history(step % PAST);
    float[] start = startsOver() ? job.history(PAST) : latents;
    float[] from = order > 1 ? start : latents;
    float[] fresh = needsRoom() ? job.history(histories() - 1) : latents;
    float bound = limit.bound(prediction, latents, modelOutput, alpha, sigma, fresh);
    if (isStochastic) {
      job.drawNoise(step, fresh);
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
