package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
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
        "TCDScheduler"
      })
  void paintsWhatDiffusersPaints(String scheduler) throws IOException {
    JsonObject run =
        JsonParser.parseString(Files.readString(Golden.path("tiny-sd-expected/run.json")))
            .getAsJsonObject();
    Sample sample;
    try (StableDiffusion model =
        StableDiffusion.load(Golden.path("tiny-sd"))
            .scheduler(scheduler)
            .steps(run.get("steps").getAsInt())
            .guidance(run.get("guidance").getAsDouble())
            .build()) {
      sample =
          model.sample(
              Npy.read(Golden.path("tiny-sd-expected/noise.npy")),
              run.get("prompt").getAsString(),
              run.get("negative").getAsString());
    }
    Npy latents = Npy.read(Golden.path("tiny-sd-expected/" + scheduler + "-latents.npy"));
    Npy image = Npy.read(Golden.path("tiny-sd-expected/" + scheduler + "-image.npy"));

    double apart = maxDifference(sample.latents(), latents);
    double psnr = psnr(sample.image(), image);
    System.out.printf(Locale.ROOT, "run parity %s %.1e, %.0f dB%n", scheduler, apart, psnr);
    assertThat(sample.latents().shape()).containsExactly(latents.shape());
    assertThat(sample.image().shape()).containsExactly(image.shape());
    assertThat(apart).isLessThanOrEqualTo(1e-4);
    assertThat(psnr).isGreaterThanOrEqualTo(50);
  }

  private static double maxDifference(Npy one, Npy other) {
    double apart = 0;
    for (int i = 0; i < one.values().length; i++) {
      apart = Math.max(apart, Math.abs(one.values()[i] - other.values()[i]));
    }
    return apart;
  }

  private static double psnr(Npy one, Npy other) {
    double squares = 0;
    for (int i = 0; i < one.values().length; i++) {
      double apart = one.values()[i] - other.values()[i];
      squares += apart * apart;
    }
    return -10 * Math.log10(squares / one.values().length);
  }
}
