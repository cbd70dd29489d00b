package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.dataset.RgbImage;

/** An image that is still being denoised. Valid only during the call that it is passed to. */
public interface Preview {

  /** The job whose image it is. */
  GenerationJob job();

  /** Denoising steps done so far, at least 1. */
  int step();

  /** Denoising steps in all. */
  int steps();

  /** Rows of the UNet spent on this job so far: two per step with guidance, one without. */
  int functionEvaluations();

  /**
   * The image that the model predicts from here (the x0 prediction of the last step, decoded), in
   * the size of the finished image. Decoded by the first call. If the model predicts NaN, this
   * throws and the job fails: an observer should not catch the exception.
   */
  RgbImage image();

  /**
   * How far the conditional noise prediction is from the unconditional one at the last step: the
   * root mean square of their difference over that of the unconditional one. Costs nothing. 0 where
   * guidance is off.
   */
  float guidanceNorm();
}
