package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
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
  void makesDamagedGraphsAnew() throws IOException {
    Sample sound = sample(Golden.path("tiny-sd"), cache());
    SortedMap<String, FileTime> made = files();
    for (String name : made.keySet()) {
      Path file = cache().resolve(name);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }

    Sample again = sample(Golden.path("tiny-sd"), cache());

    assertThat(again.latents().values()).containsExactly(sound.latents().values());
    assertThat(files().keySet()).isEqualTo(made.keySet());
    SortedMap<String, FileTime> mended = files();
    sample(Golden.path("tiny-sd"), cache());
    assertThat(files()).isEqualTo(mended);
  }

  @Test
  void makesAnewWhatOnnxRuntimeCannotLoad() throws IOException {
    sample(Golden.path("tiny-sd"), cache());
    SortedMap<String, FileTime> made = files();
    for (String name : made.keySet()) {
      if (name.endsWith("files.txt")) {
        Path entry = cache().resolve(name).resolveSibling("model.onnx");
        Files.writeString(entry, "x");
        CRC32C checksum = new CRC32C();
        checksum.update('x');
        List<String> lines = Files.readAllLines(cache().resolve(name));
        lines.set(0, String.format(Locale.ROOT, "model.onnx %08x 1", checksum.getValue()));
        Files.write(cache().resolve(name), lines);
      }
    }

    sample(Golden.path("tiny-sd"), cache());

    assertThat(files().keySet()).isEqualTo(made.keySet());
  }

  @Test
  void otherWeightsAreAnotherGraph() throws IOException {
    sample(Golden.path("tiny-sd"), cache());
    int before = files().size();
    Path model = temporary.resolve("model");
    Golden.copy("tiny-sd", model);
    Files.write(model.resolve("unet/more"), new byte[1]);

    sample(model, cache());

    assertThat(files()).as("those of the UNet are there twice").hasSize(before + before / 3);
  }

  @Test
  void takesModelsWhoseWeightsLieBesideTheGraph() throws IOException {
    Sample whole = sample(Golden.path("tiny-sd"), cache());
    Path model = temporary.resolve("model");
    Golden.copy("tiny-sd", model);
    // What is kept has its weights in a file beside it: the UNet's is the largest.
    Path kept =
        files().keySet().stream()
            .filter(name -> name.endsWith("weights"))
            .map(cache()::resolve)
            .max((a, b) -> Long.compare(a.toFile().length(), b.toFile().length()))
            .orElseThrow();
    Files.copy(kept, model.resolve("unet/weights"));
    Files.copy(
        kept.resolveSibling("model.onnx"),
        model.resolve("unet/model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);

    Sample making = sample(model, cache());
    Sample using = sample(model, cache());

    assertThat(using.latents().values()).containsExactly(making.latents().values());
    assertThat(using.latents().values()).containsExactly(whole.latents().values());
  }

  @Test
  void refusesDevicesThatAreSetUpByTheCaller() {
    assertThatThrownBy(
            () ->
                StableDiffusion.load(Golden.path("tiny-sd"))
                    .device(Device.provider("mine", options -> {}))
                    .graphCache(cache())
                    .build())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("device mine")
        .hasMessageContaining("Leave graphCache out");
  }

  @Test
  void saysWhereNothingCanBeKept() throws IOException {
    Files.writeString(cache(), "a file where the folder should be");

    assertThatThrownBy(() -> sample(Golden.path("tiny-sd"), cache()))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(cache().toString());
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
    StableDiffusionBuilder builder = StableDiffusion.load(model).steps(2).batch(1);
    if (cache != null) {
      builder.graphCache(cache);
    }
    try (StableDiffusion diffusion = builder.build()) {
      return diffusion.sample(diffusion.initialNoise(7), "a red bird", "");
    }
  }
}
