package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * The linear multistep method of Adams and Bashforth, of order 4, on the probability flow ODE of
 * Karras et al., arXiv 2206.00364. Over levels that are not evenly spaced, the derivative is the
 * polynomial through the last ones, and each weighs what its Lagrange polynomial integrates to:
 *
 * <pre>
 * d  = (x - x0) / sigma
 * x' = x + sum over k of d_k * integral from sigma to sigma' of L_k
 * </pre>
 *
 * <p>Behaves as {@code LMSDiscreteScheduler} of diffusers. Where a job begins at a later step, the
 * order counts its own derivatives; diffusers takes the weights of orders that it has none for.
 */
final class LmsDiscreteScheduler extends VarianceExplodingScheduler {

  private static final int ORDER = 4;

  /** For each step and number of derivatives, the weight of each, the newest first. */
  private final float[][][] weights;

  LmsDiscreteScheduler(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    super(
        options,
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION, Prediction.SAMPLE),
        levels(options, noise, request));
    weights = new float[steps()][ORDER + 1][ORDER];
    for (int step = 0; step < steps(); step++) {
      for (int order = 1; order <= Math.min(step + 1, ORDER); order++) {
        for (int k = 0; k < order; k++) {
          weights[step][order][k] = (float) integral(step, order, k);
        }
      }
    }
  }

  private static Sigmas levels(
      SchedulerOptions options, NoiseSchedule noise, TimestepRequest request) {
    return Sigmas.varianceExploding(options, noise, request, options.sigmaSchedule(false), 0);
  }

  /** Gauss's rule with two points, which is exact for the cubic polynomials here. */
  private double integral(int step, int order, int k) {
    double middle = ((double) sigma(step + 1) + sigma(step)) / 2;
    double half = ((double) sigma(step + 1) - sigma(step)) / 2;
    double offset = half / Math.sqrt(3);
    return half
        * (lagrange(step, order, k, middle - offset) + lagrange(step, order, k, middle + offset));
  }

  private double lagrange(int step, int order, int k, double tau) {
    double product = 1;
    for (int j = 0; j < order; j++) {
      if (j != k) {
        product *= (tau - sigma(step - j)) / ((double) sigma(step - k) - sigma(step - j));
      }
    }
    return product;
  }

  @Override
  public int modelOutputHistory() {
    return ORDER;
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float[] weight = weights[step][Math.min(step - trajectory.begin() + 1, ORDER)];
    // Out of the array, or the last loop loads them again after each store.
    float w0 = weight[0];
    float w1 = weight[1];
    float w2 = weight[2];
    float w3 = weight[3];
    float sigma = sigma(step);
    float[] latents = trajectory.latents();
    float[] denoised = trajectory.denoised();
    float[] d0 = trajectory.history(step % ORDER);
    float[] d1 = trajectory.history((step + 3) % ORDER);
    float[] d2 = trajectory.history((step + 2) % ORDER);
    float[] d3 = trajectory.history((step + 1) % ORDER);
    predict(step, modelOutput, trajectory);
    for (int i = 0; i < latents.length; i++) {
      d0[i] = (latents[i] - denoised[i]) / sigma;
    }
    for (int i = 0; i < latents.length; i++) {
      // Not +=, which adds the weighted derivatives up first.
      latents[i] = latents[i] + w0 * d0[i] + w1 * d1[i] + w2 * d2[i] + w3 * d3[i];
    }
  }
}
