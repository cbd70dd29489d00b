package io.github.iaa4j.core.sampling;

import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/**
 * What the manifest records of a sampler: everything that decides its pixels besides prompt and
 * seed. Immutable.
 *
 * @param model a name for people, such as the folder's
 * @param modelChecksum SHA-256 over the model's files, lower-case hexadecimal
 * @param scheduler the scheduler's class as diffusers names it
 * @param steps denoising steps
 * @param guidanceScale classifier-free guidance; guidance is on where it is above 1
 * @param width of the images, in pixels
 * @param height of the images, in pixels
 * @param options what else decides the pixels and differs from the defaults, by name; copied
 */
public record SamplerInfo(
    String model,
    String modelChecksum,
    String scheduler,
    int steps,
    double guidanceScale,
    int width,
    int height,
    Map<String, String> options) {

  public SamplerInfo {
    Objects.requireNonNull(model, "model");
    Objects.requireNonNull(modelChecksum, "modelChecksum");
    Objects.requireNonNull(scheduler, "scheduler");
    options = Collections.unmodifiableMap(new TreeMap<>(options));
  }

  /**
   * A sampler of one step without guidance, whose scheduler is called "none"; the methods below set
   * the rest.
   *
   * @param model a name for people, such as the folder's
   * @param modelChecksum SHA-256 over the model's files, lower-case hexadecimal; for a service, any
   *     text that changes when its model does
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   */
  public static SamplerInfo of(String model, String modelChecksum, int width, int height) {
    return new SamplerInfo(model, modelChecksum, "none", 1, 1, width, height, Map.of());
  }

  /**
   * The same with another scheduler.
   *
   * @param scheduler the class as diffusers names it
   * @param steps denoising steps
   */
  public SamplerInfo withScheduler(String scheduler, int steps) {
    return new SamplerInfo(
        model, modelChecksum, scheduler, steps, guidanceScale, width, height, options);
  }

  /** The same with another scale of classifier-free guidance. */
  public SamplerInfo withGuidanceScale(double guidanceScale) {
    return new SamplerInfo(
        model, modelChecksum, scheduler, steps, guidanceScale, width, height, options);
  }

  /** The same with these options in place of the old ones. */
  public SamplerInfo withOptions(Map<String, String> options) {
    return new SamplerInfo(
        model, modelChecksum, scheduler, steps, guidanceScale, width, height, options);
  }
}
