package io.github.iaa4j.diffusion.internal.scheduler;

/**
 * How a model predicts that was trained with preconditioning: Karras et al., <em>Elucidating the
 * Design Space of Diffusion-Based Generative Models</em> (EDM), arXiv 2206.00364, equation 7 and
 * table 1. Latents are variance exploding, {@code x = x0 + sigma * epsilon}. The network F sees
 * them at unit variance, with the logarithm of the noise level; the clean latents are D:
 *
 * <pre>
 * D(x; sigma) = c_skip * x + c_out * F(c_in * x; c_noise)
 * c_skip      = sigma_data^2 / (sigma^2 + sigma_data^2)
 * c_out       = sigma * sigma_data / sqrt(sigma^2 + sigma_data^2)     v_prediction: negative
 * c_in        = 1 / sqrt(sigma^2 + sigma_data^2)
 * c_noise     = ln(sigma) / 4
 * </pre>
 *
 * <p>Behaves as {@code precondition_inputs}, {@code precondition_noise} and {@code
 * precondition_outputs} of {@code EDMEulerScheduler} in diffusers.
 */
final class EdmPreconditioning {

  private final float sigmaData;
  private final boolean isVelocity;
  private final double sigmaMin;
  private final double sigmaMax;
  private final double rho;
  private final boolean isExponential;

  EdmPreconditioning(SchedulerOptions options) {
    sigmaData = (float) options.positive("sigma_data", 0.5);
    isVelocity =
        options.prediction(Prediction.EPSILON, Prediction.V_PREDICTION) == Prediction.V_PREDICTION;
    sigmaMin = options.positive("sigma_min", 0.002);
    sigmaMax = options.positive("sigma_max", 80);
    if (sigmaMax <= sigmaMin) {
      throw options.unexpected("sigma_max", "a number above sigma_min, " + sigmaMin);
    }
    rho = options.positive("rho", 7);
    isExponential = options.oneOf("sigma_schedule", "karras", "exponential").equals("exponential");
  }

  /** The least noise level. */
  float sigmaMin() {
    return (float) sigmaMin;
  }

  /** The noise levels of a run's steps, falling: equation 5, or evenly in the logarithm. */
  double[] sigmas(int steps) {
    if (isExponential) {
      // A single step stands at the least level in diffusers.
      return SigmaSchedule.EXPONENTIAL.sigmas(steps == 1 ? sigmaMin : sigmaMax, sigmaMin, steps);
    }
    return SigmaSchedule.karras(sigmaMax, sigmaMin, rho, steps);
  }

  /**
   * The timestep inputs of the model at these levels, and where the run ends.
   *
   * @param last after the last step
   */
  Sigmas levels(double[] sigmas, float last) {
    float[] timesteps = new float[sigmas.length];
    for (int i = 0; i < sigmas.length; i++) {
      timesteps[i] = (float) (0.25 * StrictMath.log((float) sigmas[i]));
    }
    return new Sigmas(timesteps, Sigmas.append(sigmas, last));
  }

  /** Of the initial latents, as diffusers has it: sqrt(sigma_max^2 + 1). */
  float initialScale() {
    return (float) Math.sqrt(sigmaMax * sigmaMax + 1);
  }

  /** c_in. */
  float inputScale(float sigma) {
    return 1 / (float) Math.sqrt(sigma * sigma + sigmaData * sigmaData);
  }

  /**
   * The clean latents that a prediction implies: D.
   *
   * @param latents the input of the prediction, at the noise level
   * @param prediction F
   * @param into filled; may be one of the others
   */
  void denoise(float[] latents, float[] prediction, float sigma, float[] into) {
    float variance = sigma * sigma + sigmaData * sigmaData;
    float skip = sigmaData * sigmaData / variance;
    float out = (isVelocity ? -sigma : sigma) * sigmaData / (float) Math.sqrt(variance);
    for (int i = 0; i < into.length; i++) {
      into[i] = skip * latents[i] + out * prediction[i];
    }
  }
}
