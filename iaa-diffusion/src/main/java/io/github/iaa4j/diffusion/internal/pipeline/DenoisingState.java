package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One image that is forming: everything that the denoising loop knows of it. */
public final class DenoisingState {

  final Trajectory trajectory;
  final Conditioning conditioning;
  final @Nullable Conditioning negativeConditioning;
  final @Nullable InpaintBlend kept;
  final float @Nullable [] condition;
  final List<RgbImage> controls;
  int step;
  int functionEvaluations;
  float guidanceNorm;
  @Nullable NotFinite notFinite;

  /**
   * @param trajectory the way of its latents, at its first step
   * @param conditioning of the prompt
   * @param negativeConditioning of the negative prompt, of as many tokens; or null where guidance
   *     is off
   */
  public DenoisingState(
      Trajectory trajectory,
      Conditioning conditioning,
      @Nullable Conditioning negativeConditioning) {
    this(trajectory, conditioning, negativeConditioning, null, null, List.of());
  }

  /**
   * @param trajectory the way of its latents, at its first step
   * @param conditioning of the prompt
   * @param negativeConditioning of the negative prompt, of as many tokens; or null where guidance
   *     is off
   * @param kept what is brought back after each step, or null
   * @param condition further channels that the UNet sees beside the latents, or null
   * @param controls the image of each ControlNet
   */
  public DenoisingState(
      Trajectory trajectory,
      Conditioning conditioning,
      @Nullable Conditioning negativeConditioning,
      @Nullable InpaintBlend kept,
      float @Nullable [] condition,
      List<RgbImage> controls) {
    this.trajectory = trajectory;
    this.conditioning = conditioning;
    this.negativeConditioning = negativeConditioning;
    this.kept = kept;
    this.condition = condition;
    this.controls = controls;
    step = trajectory.begin();
    notFinite = firstNotFinite();
  }

  private @Nullable NotFinite firstNotFinite() {
    if (!conditioning.isFinite()
        || (negativeConditioning != null && !negativeConditioning.isFinite())) {
      return NotFinite.TEXT;
    }
    boolean isSourceFinite =
        NotFinite.isFinite(latents()) && (condition == null || NotFinite.isFinite(condition));
    return isSourceFinite ? null : NotFinite.SOURCE;
  }

  /** The latents as they stand, {@code [C, h, w]}. */
  public float[] latents() {
    return trajectory.latents();
  }

  /** How many tokens the texts have that it is asked with. */
  int tokens() {
    return conditioning.tokens();
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
  public int functionEvaluations() {
    return functionEvaluations;
  }

  /** How far conditional and unconditional answers stood apart at the last step of the stage. */
  public float guidanceNorm() {
    return guidanceNorm;
  }

  /** What became NaN or infinite first, or null; {@link #step()} stays at the step at fault. */
  public @Nullable NotFinite notFinite() {
    return notFinite;
  }

  /** False once a number became NaN or infinite. */
  boolean isFinite() {
    return notFinite == null;
  }
}
