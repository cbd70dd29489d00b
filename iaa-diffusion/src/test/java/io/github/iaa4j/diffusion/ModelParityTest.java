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
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
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
  void paintsWhatDiffusersPaints(Run run, @TempDir Path folder) throws IOException {
    Golden.layers(folder, run.layers.toArray(String[]::new));
    StableDiffusion.Builder builder =
        StableDiffusion.load(folder).steps(run.steps).guidance(run.guidance).batch(1);
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

  private static void holds(Sample sample, String name, double limit) {
    Npy latents = Npy.read(Golden.path("models-expected/" + name + "-latents.npy"));
    Npy image = Npy.read(Golden.path("models-expected/" + name + "-image.npy"));

    assertThat(sample.latents().shape()).containsExactly(latents.shape());
    assertThat(sample.image().shape()).containsExactly(image.shape());
    assertThat(Golden.maxDifference(sample.latents(), latents)).isLessThanOrEqualTo(limit);
    assertThat(Golden.psnr(sample.image(), image)).isGreaterThanOrEqualTo(50);
  }
}
