package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphCacheTest {

  @TempDir private Path temporary;

  @Test
  void changesNoBit() throws IOException {
    Sample without = sample(Golden.path("tiny-sd"), null);

    Sample making = sample(Golden.path("tiny-sd"), cache());
    Sample using = sample(Golden.path("tiny-sd"), cache());

    assertThat(making.latents().values()).containsExactly(without.latents().values());
    assertThat(using.latents().values()).containsExactly(without.latents().values());
    assertThat(using.image().values()).containsExactly(without.image().values());
  }

  @Test
  void makesEachGraphOnce() throws IOException {
    sample(Golden.path("tiny-sd"), cache());
    SortedMap<String, FileTime> made = files();

    sample(Golden.path("tiny-sd"), cache());

    assertThat(made.keySet().stream().filter(name -> name.endsWith("model.onnx"))).hasSize(3);
    assertThat(files()).isEqualTo(made);
  }

  @Test
  void refusesDevicesThatAreSetUpByTheCaller() {
    assertThatThrownBy(
            () ->
                StableDiffusion.builder(Golden.path("tiny-sd"))
                    .device(Device.provider("mine", options -> {}))
                    .graphCache(cache())
                    .build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device mine")
        .hasMessageContaining("Leave graphCache out");
  }

  private Path cache() {
    return temporary.resolve("graphs");
  }

  private SortedMap<String, FileTime> files() throws IOException {
    TreeMap<String, FileTime> times = new TreeMap<>();
    try (Stream<Path> found = Files.walk(cache())) {
      for (Path file : (Iterable<Path>) found.filter(Files::isRegularFile)::iterator) {
        times.put(cache().relativize(file).toString(), Files.getLastModifiedTime(file));
      }
    }
    return times;
  }

  private static Sample sample(Path model, Path cache) {
    StableDiffusionBuilder builder = StableDiffusion.builder(model).steps(2).batch(1);
    if (cache != null) {
      builder.graphCache(cache);
    }
    try (StableDiffusion diffusion = builder.build()) {
      return diffusion.sample(diffusion.initialNoise(7), "a red bird", "");
    }
  }
}
