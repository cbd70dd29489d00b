package io.github.iaa4j.diffusion.internal;

import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import org.jspecify.annotations.Nullable;

/** One image that is forming: everything that the denoising loop knows of it. */
public final class Canvas {

  final Trajectory trajectory;
  final float[] text;
  final float @Nullable [] negativeText;
  final @Nullable KeptImage kept;
  int step;
  int unetRows;
  float guidanceGap;
  boolean isFinite = true;

  /**
   * @param trajectory the way of its latents, at its first step
   * @param text the prompt's embedding
   * @param negativeText the negative prompt's embedding, or null where guidance is off
   */
  public Canvas(Trajectory trajectory, float[] text, float @Nullable [] negativeText) {
    this(trajectory, text, negativeText, null);
  }

  /**
   * @param trajectory the way of its latents, at its first step
   * @param text the prompt's embedding
   * @param negativeText the negative prompt's embedding, or null where guidance is off
   * @param kept what is brought back after each step, or null
   */
  public Canvas(
      Trajectory trajectory,
      float[] text,
      float @Nullable [] negativeText,
      @Nullable KeptImage kept) {
    this.trajectory = trajectory;
    this.text = text;
    this.negativeText = negativeText;
    this.kept = kept;
    step = trajectory.begin();
  }

  /** The latents as they stand, {@code [C, h, w]}. */
  public float[] latents() {
    return trajectory.latents();
  }

  /** The clean latents that the model predicted at the last step, {@code [C, h, w]}. */
  public float[] denoised() {
    return trajectory.denoised();
  }

  /** The step that comes next: how often the model was asked, and what was left out. */
  public int step() {
    return step;
  }

  /** The step that it took first, or will take. */
  public int begin() {
    return trajectory.begin();
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
