package io.github.iaa4j.diffusion;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What a model's description says beyond what it says of every model. */
final class DescribedOptions {

  private static final Set<String> ALWAYS =
      Set.of("modelChecksum", "scheduler", "steps", "guidanceScale", "width", "height");

  private DescribedOptions() {}

  static Map<String, String> of(StableDiffusion model) {
    Map<String, String> options = new TreeMap<>(model.describe().settings());
    options.keySet().removeAll(ALWAYS);
    return options;
  }

  static String checksum(StableDiffusion model) {
    return model.describe().settings().getOrDefault("modelChecksum", "");
  }
}
