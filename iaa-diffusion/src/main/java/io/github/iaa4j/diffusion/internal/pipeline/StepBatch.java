package io.github.iaa4j.diffusion.internal.pipeline;

import java.util.List;

/**
 * How the images of one denoising step are laid out in rows of the networks. The conditioning is
 * written once, the latents before each step. For one thread.
 */
interface StepBatch {

  /**
   * Writes what stays the same from step to step.
   *
   * @param states the images, as many as there is room for or fewer
   * @param isGuided whether each image has an unconditional row beside its conditional one
   */
  void setConditioning(List<DenoisingState> states, boolean isGuided);

  /**
   * Writes the latents of an image into all of its rows.
   *
   * @param image its index among the states
   * @param latents {@code [C, h, w]}, scaled as the model takes them
   */
  void setLatents(int image, float[] latents);

  /**
   * Runs the networks.
   *
   * @param timestep as the UNet takes it
   * @param step from 0, counted from the first step of the images
   * @param steps that the images take in all
   */
  void run(float timestep, int step, int steps);

  /** Copies the conditional prediction of an image, {@code [C, h, w]}. */
  void getConditional(int image, float[] into);

  /** Copies the unconditional prediction of an image, {@code [C, h, w]}; for guided steps. */
  void getUnconditional(int image, float[] into);
}
