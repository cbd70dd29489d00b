package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import com.google.gson.annotations.SerializedName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole runs of each architecture against the pipelines of diffusers over the same ONNX files. */
class ModelParityTest {

  record Run(
      String name,
      String prompt,
      String negative,
      List<String> layers,
      int steps,
      double guidance,
      @Nullable String scheduler,
      @SerializedName("clip_skip") @Nullable Integer clipSkip,
      boolean weights,
      @SerializedName("long") boolean isLong) {

    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Run> runs() throws IOException {
    Gson gson = new Gson();
    return JsonParser.parseString(Files.readString(Golden.path("models-expected/runs.json")))
        .getAsJsonArray()
        .asList()
        .stream()
        .map((JsonElement json) -> gson.fromJson(json, Run.class));
  }

  @ParameterizedTest
  @MethodSource("runs")
  void generatesWhatDiffusersPaints(Run run, @TempDir Path folder) throws IOException {
    Golden.layers(folder, run.layers.toArray(String[]::new));
    StableDiffusionBuilder builder =
        StableDiffusion.builder(folder).steps(run.steps).guidance(run.guidance).batch(1);
    if (run.scheduler != null) {
      builder.scheduler(run.scheduler);
    }
    if (run.clipSkip != null) {
      builder.clipSkip(run.clipSkip);
    }
    if (run.weights) {
      builder.promptWeights();
    }
    if (run.isLong) {
      builder.longPrompts();
    }
    try (StableDiffusion model = builder.build()) {
      Sample sample =
          model.sample(
              Npy.read(Golden.path("tiny-sd-expected/noise.npy")), run.prompt, run.negative);

      // Float16 has steps of 0.004 where latents are above 4.
      holds(sample, run.name, run.name.endsWith("half") ? 2e-2 : 1e-4);
    }
  }

  /**
   * SDXL wants the state before the last layer. With one layer more in the config, the state that
   * is read as that is the last one.
   */
  @Test
  void seesThatAnEncoderOfXlIsReadAtItsLastState(@TempDir Path folder) throws IOException {
    Golden.xl(folder);
    Npy usual = sample(folder, "sdxl");
    Path config = folder.resolve("text_encoder/config.json");
    replace(config, "\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4");

    assertThat(apart(usual, "sdxl")).isLessThanOrEqualTo(1e-4);
    assertThat(apart(sample(folder, "sdxl"), "sdxl")).isGreaterThan(0.1);
  }

  /** Without them the autoencoder of Playground v2.5 decodes grey fog. */
  @Test
  void seesThatMeanAndDeviationOfLatentsAreLeftOut(@TempDir Path folder) throws IOException {
    Golden.playground(folder);
    Path config = folder.resolve("vae_decoder/config.json");
    String stated = Files.readString(config);
    Files.writeString(
        config, stated.replace("latents_mean", "_mean").replace("latents_std", "_std"));
    Npy expected = Npy.read(Golden.path("models-expected/playground-image.npy"));

    try (StableDiffusion model =
        StableDiffusion.builder(folder).steps(10).guidance(3).batch(1).build()) {
      Npy noise = Npy.read(Golden.path("tiny-sd-expected/noise.npy"));
      Sample sample =
          model.sample(noise, "a photo of a red bird on a green meadow", "blurry, low quality");

      assertThat(Golden.psnr(sample.image(), expected)).isLessThan(30);
    }
  }

  @Test
  void seesThatAPredictionOfVIsTakenForNoise(@TempDir Path folder) throws IOException {
    Golden.sd2(folder);
    Npy usual = sample(folder, "sd2");
    Path config = folder.resolve("scheduler/scheduler_config.json");
    replace(config, "\"v_prediction\"", "\"epsilon\"");

    assertThat(apart(usual, "sd2")).isLessThanOrEqualTo(1e-4);
    assertThat(apart(sample(folder, "sd2"), "sd2")).isGreaterThan(0.1);
  }

  /** The latents of a run of this name, over a folder that may be another than the run's. */
  private static Npy sample(Path folder, String name) throws IOException {
    Run run = runs().filter(other -> other.name.equals(name)).findFirst().orElseThrow();
    try (StableDiffusion model =
        StableDiffusion.builder(folder).steps(run.steps).guidance(run.guidance).batch(1).build()) {
      Npy noise = Npy.read(Golden.path("tiny-sd-expected/noise.npy"));
      return model.sample(noise, run.prompt, run.negative).latents();
    }
  }

  private static double apart(Npy latents, String name) {
    Npy expected = Npy.read(Golden.path("models-expected/" + name + "-latents.npy"));
    double apart = Golden.maxDifference(latents, expected);
    System.out.printf(Locale.ROOT, "model parity %s %.1e%n", name, apart);
    return apart;
  }

  private static void replace(Path file, String old, String text) throws IOException {
    String before = Files.readString(file);
    assertThat(before).contains(old);
    Files.writeString(file, before.replace(old, text));
  }

  private static void holds(Sample sample, String name, double limit) {
    Npy latents = Npy.read(Golden.path("models-expected/" + name + "-latents.npy"));
    Npy image = Npy.read(Golden.path("models-expected/" + name + "-image.npy"));

    assertThat(sample.latents().shape()).containsExactly(latents.shape());
    assertThat(sample.image().shape()).containsExactly(image.shape());
    double apart = Golden.maxDifference(sample.latents(), latents);
    double psnr = Golden.psnr(sample.image(), image);
    System.out.printf(Locale.ROOT, "model parity %s %.1e, %.0f dB%n", name, apart, psnr);
    assertThat(apart).isLessThanOrEqualTo(limit);
    assertThat(psnr).isGreaterThanOrEqualTo(50);
  }
}
