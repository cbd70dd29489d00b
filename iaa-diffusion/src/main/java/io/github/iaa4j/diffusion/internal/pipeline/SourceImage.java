package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.internal.model.JobImages;
import io.github.iaa4j.diffusion.internal.scheduler.NoiseSource;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.vae.VaeEncoder;
import org.jspecify.annotations.Nullable;

/**
 * The image that a job starts from, for image to image and inpainting. Safe for use by several
 * threads as far as its functions are.
 */
public final class SourceImage implements AutoCloseable {

  /**
   * As the builder was given it.
   *
   * @param image a job's image
   * @param mask the part that is regenerated, or null for all of it
   * @param strength share of the steps that are taken, above 0 and at most 1
   */
  public record Option(
      JobFunction<RgbImage> image, @Nullable JobFunction<LabelMask> mask, double strength) {

    /** The method of the builder. */
    public String name() {
      return mask == null ? "imageToImage" : "inpaint";
    }

    /**
     * Adds its settings, with its name before them.
     *
     * @param steps that were asked for
     */
    public Description addTo(Description description, int steps) {
      Description described =
          description
              .with(name() + ".source", Answers.require(image.describe(), image, "describe"))
              .with(name() + ".strength", strength)
              .with(name() + ".steps", steps);
      return mask == null
          ? described
          : described.with(name() + ".mask", Answers.require(mask.describe(), mask, "describe"));
    }

    /**
     * How many of the first steps are skipped.
     *
     * @param steps that were asked for
     * @throws ConfigurationException if none would be left
     */
    public int skippedSteps(int steps) {
      int skipped = steps - Math.min((int) (steps * strength), steps);
      if (skipped == steps) {
        throw new ConfigurationException(
            name()
                + " with strength "
                + strength
                + " leaves none of "
                + steps
                + " steps. Ask for more steps or a larger strength.");
      }
      return skipped;
    }
  }

  /** What a job starts with. */
  public static final class Start {

    private final float[] latents;
    private final @Nullable InpaintBlend blend;
    private final float @Nullable [] inpaintInput;

    private Start(float[] latents, @Nullable InpaintBlend blend, float @Nullable [] inpaintInput) {
      this.latents = latents;
      this.blend = blend;
      this.inpaintInput = inpaintInput;
    }

    /** From noise alone. */
    public static Start ofNoise(float[] noise, Scheduler scheduler) {
      float[] latents = noise.clone();
      for (int i = 0; i < latents.length; i++) {
        latents[i] *= scheduler.initialScale();
      }
      return new Start(latents, null, null);
    }

    /** From noise alone, with noise as the inpainting channels too, for trying the UNet. */
    public static Start ofNoise(float[] noise, Scheduler scheduler, int inpaintSize) {
      if (inpaintSize == 0) {
        return ofNoise(noise, scheduler);
      }
      float[] inpaintInput = new float[inpaintSize];
      for (int i = 0; i < inpaintSize; i++) {
        inpaintInput[i] = noise[i % noise.length];
      }
      return new Start(ofNoise(noise, scheduler).latents, null, inpaintInput);
    }

    /** {@code [C, h, w]} at the noise level of the first step. */
    public float[] latents() {
      return latents;
    }

    /** Restores the kept part after each step, or null. */
    public @Nullable InpaintBlend blend() {
      return blend;
    }

    /**
     * Mask and latents of what is kept, {@code [1 + C, h, w]}, for a UNet that was trained to
     * inpaint, or null.
     */
    public float @Nullable [] inpaintInput() {
      return inpaintInput;
    }
  }

  /** Draws before the first step have negative numbers. */
  private static final int IMAGE_DRAW = -1;

  private static final int MASKED_IMAGE_DRAW = -2;

  private final Option option;
  private final VaeEncoder encoder;
  private final boolean isUnetInput;
  private final int width;
  private final int height;
  private final int scale;

  /**
   * @param encoder closed with this
   * @param isUnetInput whether the UNet takes mask and image, rather than having its latents
   *     blended
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @param scale pixels along one side of a latent
   */
  public SourceImage(
      Option option, VaeEncoder encoder, boolean isUnetInput, int width, int height, int scale) {
    this.option = option;
    this.encoder = encoder;
    this.isUnetInput = isUnetInput;
    this.width = width;
    this.height = height;
    this.scale = scale;
  }

  /**
   * Makes the latents of a job.
   *
   * @param noise {@code [C, h, w]}, standard normal; kept
   * @param draws for the latents of the image, or null to take their mean
   * @param begin the first step
   * @throws ConfigurationException if there is no image or mask for the job, or one of another size
   */
  public Start start(
      GenerationJob job,
      float[] noise,
      @Nullable NoiseSource draws,
      Scheduler scheduler,
      int begin) {
    float[] pixels =
        JobImages.pixels(
            JobImages.checked(option.image.apply(job), option.name(), job, width, height));
    if (option.mask == null) {
      float[] latents = new float[noise.length];
      scheduler.addNoise(encode(pixels, draws, IMAGE_DRAW, noise), noise, begin, latents);
      return new Start(latents, null, null);
    }
    LabelMask mask = JobImages.checkedMask(option.mask.apply(job), job, width, height);
    float[] clean = null;
    if (!isUnetInput || option.strength < 1) {
      clean = encode(pixels, draws, IMAGE_DRAW, noise);
    }
    float[] latents = Start.ofNoise(noise, scheduler).latents();
    if (option.strength < 1 && clean != null) {
      scheduler.addNoise(clean, noise, begin, latents);
    }
    float[] latentMask = latentMask(mask);
    if (!isUnetInput && clean != null) {
      return new Start(latents, new InpaintBlend(clean, noise, latentMask), null);
    }
    byte[] indices = mask.indices();
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = indices[i % indices.length] == 0 ? pixels[i] : 0;
    }
    float[] kept = encode(pixels, draws, MASKED_IMAGE_DRAW, noise);
    float[] inpaintInput = new float[latentMask.length + kept.length];
    System.arraycopy(latentMask, 0, inpaintInput, 0, latentMask.length);
    System.arraycopy(kept, 0, inpaintInput, latentMask.length, kept.length);
    return new Start(latents, null, inpaintInput);
  }

  private float[] encode(float[] pixels, @Nullable NoiseSource draws, int draw, float[] like) {
    float[] drawn = null;
    if (draws != null) {
      drawn = new float[like.length];
      draws.fill(draw, drawn);
    }
    return encoder.encode(pixels, drawn);
  }

  /** The mask at the first pixel of each latent, as {@code interpolate} of torch picks it. */
  private float[] latentMask(LabelMask mask) {
    float[] values = new float[(width / scale) * (height / scale)];
    for (int i = 0; i < values.length; i++) {
      int x = i % (width / scale) * scale;
      int y = i / (width / scale) * scale;
      values[i] = mask.at(x, y) == 0 ? 0 : 1;
    }
    return values;
  }

  @Override
  public void close() {
    encoder.close();
  }
}
