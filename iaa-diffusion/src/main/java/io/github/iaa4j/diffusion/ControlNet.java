package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.diffusion.internal.unet.Steering;
import java.nio.file.Path;
import java.util.Objects;

/**
 * A network that steers images by another image of each, such as its edges: Zhang, Rao, Agrawala,
 * arXiv 2302.05543. Immutable.
 *
 * @param folder holds {@code config.json} and {@code model.onnx}
 * @param image a job's image, of the size that is generated and of the kind that the network was
 *     trained on, such as edges. Called once per job, by several threads at once, before the job's
 *     first step. A job must always get the same one; {@link JobFunction#of} describes a lambda.
 * @param scale how strongly it steers, 0 or more; {@code controlnet_conditioning_scale} of
 *     diffusers
 * @param start share of the steps before the first that is steered, 0 to 1; {@code
 *     control_guidance_start} of diffusers
 * @param end share of the steps up to the last that is steered, above {@code start} and at most 1;
 *     {@code control_guidance_end} of diffusers
 */
public record ControlNet(
    Path folder, JobFunction<RgbImage> image, double scale, double start, double end) {

  /**
   * @throws ConfigurationException if a number is out of range
   */
  public ControlNet {
    Objects.requireNonNull(folder, "ControlNet folder must not be null");
    Objects.requireNonNull(image, "ControlNet image must not be null");
    if (!(scale >= 0 && scale < Float.MAX_VALUE)) {
      throw new ConfigurationException("ControlNet scale " + scale + ": it must be 0 or more");
    }
    if (!(start >= 0 && start < end && end <= 1)) {
      throw new ConfigurationException(
          "ControlNet steps from "
              + start
              + " to "
              + end
              + ": they must start at 0 or later, end at 1 or earlier, and end after their start");
    }
  }

  /** Steers every step with a scale of 1. */
  public static ControlNet of(Path folder, JobFunction<RgbImage> image) {
    return new ControlNet(folder, image, 1, 0, 1);
  }

  /**
   * The same with another scale.
   *
   * @throws ConfigurationException if it is out of range
   */
  public ControlNet withScale(double scale) {
    return new ControlNet(folder, image, scale, start, end);
  }

  /**
   * The same at other steps.
   *
   * @throws ConfigurationException if they are out of range
   */
  public ControlNet withSteps(double start, double end) {
    return new ControlNet(folder, image, scale, start, end);
  }

  Steering steering() {
    return new Steering(folder, image, scale, start, end);
  }
}
