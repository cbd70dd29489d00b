package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.dataset.RgbImage;

/** An image that is still forming. Valid only during the call that hands it over. */
public interface Preview {

  /** The job that is being painted. */
  GenerationJob job();

  /** Denoising steps done so far, at least 1. */
  int step();

  /** Denoising steps in all. */
  int steps();

  /** UNet batch rows spent on this job so far: two a step with guidance, one without. */
  int functionEvaluations();

  /**
   * The image that the model predicts from here (the x0 prediction of the last step, decoded).
   * Decoded when it is first asked for. Where the model answers NaN this throws, and the job fails:
   * whoever judges images lets the exception pass.
   */
  RgbImage image();

  /**
   * How far the conditional noise prediction stands from the unconditional one at the last step:
   * their root mean square difference over that of the unconditional one. It costs nothing. 0 where
   * guidance is off.
   */
  float guidanceNorm();
}
