package io.github.iaa4j.diffusion.internal;

import org.jspecify.annotations.Nullable;

/** One image that is forming: everything that the denoising loop knows of it. */
public final class Canvas {

  final float[] latents;
  final float[] denoised;
  final float[] text;
  final float @Nullable [] negativeText;
  int step;
  int unetRows;
  float guidanceGap;
  boolean isFinite = true;

  /**
   * @param latents {@code [C, h, w]} at the first noise level; changed in place from now on
   * @param text the prompt's embedding
   * @param negativeText the negative prompt's embedding, or null where guidance is off
   */
  public Canvas(float[] latents, float[] text, float @Nullable [] negativeText) {
    this.latents = latents;
    this.text = text;
    this.negativeText = negativeText;
    denoised = new float[latents.length];
  }

  /** The latents as they stand, {@code [C, h, w]}. */
  public float[] latents() {
    return latents;
  }

  /** The clean latents that the model predicted at the last step, {@code [C, h, w]}. */
  public float[] denoised() {
    return denoised;
  }

  /** Denoising steps done. */
  public int step() {
    return step;
  }

  /** UNet rows spent so far. */
  public int unetRows() {
    return unetRows;
  }

  /** How far conditional and unconditional answers stood apart at the last step of the stage. */
  public float guidanceGap() {
    return guidanceGap;
  }

  /** False once a latent became NaN or infinite; {@link #step()} stays at the step at fault. */
  public boolean isFinite() {
    return isFinite;
  }
}
