package io.github.iaa4j.diffusion.internal.unet;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.settings.Description;
import java.nio.file.Path;

/**
 * What one ControlNet of a run shows, how strongly it steers, and at which steps.
 *
 * @param folder holds {@code config.json} and {@code model.onnx}
 * @param image a job's image; called by several threads at once
 * @param scale 0 or more
 * @param start share of the steps before the first that is steered, 0 to 1
 * @param end share of the steps before the first that is no longer steered, 0 to 1
 */
public record Steering(
    Path folder, JobFunction<RgbImage> image, double scale, double start, double end) {

  /** The scale at a step, counted from 0, of a run of some steps; 0 where it does not steer. */
  float scaleAt(int step, int steps) {
    boolean isOff = step / (double) steps < start || (step + 1) / (double) steps > end;
    return isOff ? 0 : (float) scale;
  }

  /** Named after its folder, whose files the checksum of the model covers. */
  public Description describe() {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    return Description.of(String.valueOf(name))
        .with("image", Answers.require(image.describe(), image, "describe"))
        .with("scale", scale)
        .with("start", start)
        .with("end", end);
  }
}
