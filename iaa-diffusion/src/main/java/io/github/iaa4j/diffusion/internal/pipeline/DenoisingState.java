package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One image that is being denoised: everything that the denoising loop knows of it. */
public final class DenoisingState {

  final Trajectory trajectory;
  final Conditioning conditioning;
  final List<RgbImage> controlImages;
  float guidanceNorm;
  private final @Nullable Conditioning negativeConditioning;
  private final @Nullable InpaintBlend blend;
  private final float @Nullable [] inpaintInput;
  private int step;
  private int functionEvaluations;
  private @Nullable NotFinite notFinite;

  /**
   * @param trajectory of its latents, at its first step
   * @param conditioning of the prompt
   * @param negativeConditioning of the negative prompt, of as many tokens; or null where guidance
   *     is off
   * @param blend brings the kept part of a source image back after each step, or null
   * @param inpaintInput {@code [1 + C, h, w]}, the channels that the UNet of an inpainting model
   *     sees beside the latents, or null
   * @param controlImages the image of each ControlNet
   */
  public DenoisingState(
      Trajectory trajectory,
      Conditioning conditioning,
      @Nullable Conditioning negativeConditioning,
      @Nullable InpaintBlend blend,
      float @Nullable [] inpaintInput,
      List<RgbImage> controlImages) {
    this.trajectory = trajectory;
    this.conditioning = conditioning;
    this.negativeConditioning = negativeConditioning;
    this.blend = blend;
    this.inpaintInput = inpaintInput;
    this.controlImages = controlImages;
    step = trajectory.begin();
    notFinite = firstNotFinite();
  }

  private @Nullable NotFinite firstNotFinite() {
    if (!conditioning.isFinite()
        || (negativeConditioning != null && !negativeConditioning.isFinite())) {
      return NotFinite.TEXT;
    }
    boolean isSourceFinite =
        NotFinite.isFinite(latents()) && (inpaintInput == null || NotFinite.isFinite(inpaintInput));
    return isSourceFinite ? null : NotFinite.SOURCE;
  }

  /** Writes all but the latents into a row of the UNet, with the prompt. */
  void writeConditional(UnetBatch unet, int row) {
    write(conditioning, unet, row);
  }

  /** Writes all but the latents into a row of the UNet, with the negative prompt. */
  void writeUnconditional(UnetBatch unet, int row) {
    write(negativeConditioning(), unet, row);
  }

  private void write(Conditioning text, UnetBatch unet, int row) {
    unet.setConditioning(row, text);
    if (inpaintInput != null) {
      unet.setCondition(row, inpaintInput);
    }
  }

  /** Of the negative prompt; for images that are guided. */
  Conditioning negativeConditioning() {
    return Objects.requireNonNull(negativeConditioning, "the image is not guided");
  }

  /**
   * Ends a step whose solver has moved the latents. An image that has become NaN or infinite stays
   * at the step at fault.
   *
   * @param evaluations rows of the UNet that the step took
   * @param scratch as long as the latents; overwritten
   */
  void finishStep(Scheduler scheduler, int evaluations, float[] scratch) {
    if (blend != null) {
      blend.restore(scheduler, step, trajectory, scratch);
    }
    functionEvaluations += evaluations;
    if (notFinite == null && !NotFinite.isFinite(latents())) {
      notFinite = NotFinite.LATENTS;
    }
    if (notFinite == null) {
      step++;
    }
  }

  /** The latents as they stand, {@code [C, h, w]}. */
  public float[] latents() {
    return trajectory.latents();
  }

  /** Tokens of its texts. */
  int tokens() {
    return conditioning.tokens();
  }

  /** The clean latents that the model predicted at the last step, {@code [C, h, w]}. */
  public float[] denoised() {
    return trajectory.denoised();
  }

  /** The next step: how often the model was evaluated, and the steps that were skipped. */
  public int step() {
    return step;
  }

  /** The first step that it takes. */
  public int begin() {
    return trajectory.begin();
  }

  /** Rows of the UNet spent so far. */
  public int functionEvaluations() {
    return functionEvaluations;
  }

  /** See {@link Guidance#norm}; of the last step of the stage, 0 where that was not guided. */
  public float guidanceNorm() {
    return guidanceNorm;
  }

  /** What became NaN or infinite first, or null; {@link #step()} stays at the step at fault. */
  public @Nullable NotFinite notFinite() {
    return notFinite;
  }
}
