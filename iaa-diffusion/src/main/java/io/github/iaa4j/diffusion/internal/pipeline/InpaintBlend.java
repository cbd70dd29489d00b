package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.scheduler.Trajectory;

/**
 * The part of an image that inpainting keeps, for models that were not trained to inpaint: after
 * each step its own latents, noised to the level of the next step, replace what the model made
 * there. As {@code StableDiffusionInpaintPipeline} of diffusers, with the same noise at every step.
 */
public final class InpaintBlend {

  private final float[] clean;
  private final float[] noise;
  private final float[] mask;

  /**
   * @param clean {@code [C, h, w]}, the latents of the image
   * @param noise {@code [C, h, w]}, the noise that the job starts from
   * @param mask {@code [h, w]}, 1 where the image is regenerated and 0 where it is kept
   */
  InpaintBlend(float[] clean, float[] noise, float[] mask) {
    this.clean = clean;
    this.noise = noise;
    this.mask = mask;
  }

  /**
   * Restores what is kept.
   *
   * @param step that was taken
   * @param scratch as long as the latents; overwritten
   */
  void restore(Scheduler scheduler, int step, Trajectory job, float[] scratch) {
    float[] kept = clean;
    if (step < scheduler.steps() - 1) {
      scheduler.addNoise(clean, noise, step + 1, scratch);
      kept = scratch;
    }
    float[] latents = job.latents();
    float[] denoised = job.denoised();
    for (int i = 0; i < latents.length; i++) {
      float generated = mask[i % mask.length];
      latents[i] = (1 - generated) * kept[i] + generated * latents[i];
      denoised[i] = (1 - generated) * clean[i] + generated * denoised[i];
    }
  }
}
