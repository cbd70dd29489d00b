package io.github.iaa4j.diffusion.internal.model;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.sampling.GenerationJob;
import org.jspecify.annotations.Nullable;

/** Images and masks that a user's function gives for a job: their checks, and as tensors. */
public final class JobImages {

  private JobImages() {}

  /**
   * Checks the image of a job.
   *
   * @param image what the user's function returned
   * @param option the function's name in the builder
   * @param width of the generated images, in pixels
   * @param height of the generated images, in pixels
   * @return the same image
   * @throws ConfigurationException if it is null or has another size
   */
  public static RgbImage checked(
      @Nullable RgbImage image, String option, GenerationJob job, int width, int height) {
    String what = option + ": the image of slot " + job.slot();
    if (image == null) {
      throw missing(what);
    }
    requireSize(what, image.width(), image.height(), width, height);
    return image;
  }

  /**
   * Checks the inpainting mask of a job.
   *
   * @param mask what the user's function returned
   * @param width of the generated images, in pixels
   * @param height of the generated images, in pixels
   * @return the same mask
   * @throws ConfigurationException if it is null or has another size
   */
  public static LabelMask checkedMask(
      @Nullable LabelMask mask, GenerationJob job, int width, int height) {
    String what = "inpaint: the mask of slot " + job.slot();
    if (mask == null) {
      throw missing(what);
    }
    requireSize(what, mask.width(), mask.height(), width, height);
    return mask;
  }

  private static ConfigurationException missing(String what) {
    return new ConfigurationException(what + " is missing: the function returned null");
  }

  private static void requireSize(
      String what, int foundWidth, int foundHeight, int width, int height) {
    if (foundWidth != width || foundHeight != height) {
      throw new ConfigurationException(
          what
              + " has "
              + foundWidth
              + " x "
              + foundHeight
              + " pixels, and the generated images have "
              + width
              + " x "
              + height
              + ". Scale it, or choose that size with .size("
              + foundWidth
              + ", "
              + foundHeight
              + ")");
    }
  }

  /**
   * An image as an autoencoder takes it.
   *
   * @return {@code [3, H, W]}, red, green and blue from -1 to 1, owned by the caller
   */
  public static float[] pixels(RgbImage image) {
    float[] pixels = new float[image.pixels().length];
    planes(image, pixels);
    for (int i = 0; i < pixels.length; i++) {
      pixels[i] = 2 * pixels[i] - 1;
    }
    return pixels;
  }

  /**
   * An image as a ControlNet takes it.
   *
   * @param into filled with {@code [3, H, W]}, red, green and blue from 0 to 1
   */
  public static void planes(RgbImage image, float[] into) {
    byte[] rgb = image.pixels();
    int plane = rgb.length / 3;
    for (int i = 0; i < plane; i++) {
      for (int c = 0; c < 3; c++) {
        into[c * plane + i] = (rgb[3 * i + c] & 0xff) / 255f;
      }
    }
  }
}
