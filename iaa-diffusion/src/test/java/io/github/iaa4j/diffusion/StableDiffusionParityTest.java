package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A whole run against the pipeline of diffusers over the same ONNX files. */
class StableDiffusionParityTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DDIMScheduler",
        "PNDMScheduler",
        "LMSDiscreteScheduler",
        "EulerDiscreteScheduler",
        "HeunDiscreteScheduler",
        "DPMSolverMultistepScheduler",
        "DPMSolverSinglestepScheduler",
        "UniPCMultistepScheduler",
        "DEISMultistepScheduler",
        "TCDScheduler",
        "DDPMScheduler",
        "EulerAncestralDiscreteScheduler"
      })
  void generatesWhatDiffusersGenerates(String scheduler) throws IOException {
    holds(sample(Golden.path("tiny-sd"), scheduler), scheduler, 1e-4);
  }

  /** Diffusers was given the noise that ours draws. */
  @ParameterizedTest
  @CsvSource({
    "ddim-eta, DDIMScheduler, eta, 0.7",
    "multistep-sde, DPMSolverMultistepScheduler, algorithm_type, '\"sde-dpmsolver++\"'",
    "singlestep-sde, DPMSolverSinglestepScheduler, algorithm_type, '\"sde-dpmsolver++\"'"
  })
  void drawsNoiseOnTheWay(
      String name, String scheduler, String option, String value, @TempDir Path folder)
      throws IOException {
    Golden.copy("tiny-sd", folder);
    Path config = folder.resolve("scheduler/scheduler_config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\\{", "{\"" + option + "\": " + value + ","));

    holds(sample(folder, scheduler), name, 1e-4);
  }

  @Test
  void takesExportsInHalfPrecision() throws IOException {
    // These latents go up to 37, where float16 has steps of 0.03.
    holds(sample(Golden.path("tiny-sd-half"), "DDIMScheduler"), "half", 1e-1);
  }

  private static Sample sample(Path folder, String scheduler) throws IOException {
    JsonObject run =
        JsonParser.parseString(Files.readString(Golden.path("tiny-sd-expected/run.json")))
            .getAsJsonObject();
    try (StableDiffusion model =
        StableDiffusion.builder(folder)
            .scheduler(scheduler)
            .steps(run.get("steps").getAsInt())
            .guidance(run.get("guidance").getAsDouble())
            .build()) {
      return model.sample(
          Npy.read(Golden.path("tiny-sd-expected/noise.npy")),
          run.get("prompt").getAsString(),
          run.get("negative").getAsString());
    }
  }

  private static void holds(Sample sample, String name, double limit) {
    Npy latents = Npy.read(Golden.path("tiny-sd-expected/" + name + "-latents.npy"));
    Npy image = Npy.read(Golden.path("tiny-sd-expected/" + name + "-image.npy"));

    double apart = Golden.maxDifference(sample.latents(), latents);
    double psnr = Golden.psnr(sample.image(), image);
    System.out.printf(Locale.ROOT, "run parity %s %.1e, %.0f dB%n", name, apart, psnr);
    assertThat(sample.latents().shape()).containsExactly(latents.shape());
    assertThat(sample.image().shape()).containsExactly(image.shape());
    assertThat(apart).isLessThanOrEqualTo(limit);
    assertThat(psnr).isGreaterThanOrEqualTo(50);
  }
}
