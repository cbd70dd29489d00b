package io.github.iaa4j.core.sampling;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the manifest records of a sampler: all that decides its pixels besides prompt and seed.
 *
 * @param model a name for people, such as the folder's
 * @param modelChecksum SHA-256 over the model's files, lower-case hexadecimal
 * @param scheduler the scheduler's class as diffusers names it
 * @param steps denoising steps
 * @param guidanceScale classifier-free guidance; guidance is on where it is above 1
 * @param width of the images, in pixels
 * @param height of the images, in pixels
 * @param options what else decides the pixels and differs from the usual, by name; copied
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
    // A run that is older than the field has none in its files.
    options = options == null ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(options));
  }
}
