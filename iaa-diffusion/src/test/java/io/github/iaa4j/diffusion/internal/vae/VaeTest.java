package io.github.iaa4j.diffusion.internal.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaeTest {

  private static final int CHANNELS = 4;

  @TempDir Path folder;

  @BeforeEach
  void copy() throws IOException {
    Golden.copy("tiny-sd", folder);
  }

  @Test
  void dividesLatentsByTheScalingFactor() {
    assertThat(unscaled()).containsExactly(1.4f / 0.7f, 1.4f / 0.7f, 1.4f / 0.7f, 1.4f / 0.7f);
  }

  @Test
  void addsTheShiftFactor() throws IOException {
    config("shift_factor", "0.5");

    assertThat(unscaled()[0]).isEqualTo(1.4f / 0.7f + 0.5f);
  }

  /** As the pipeline of Stable Diffusion XL in diffusers: latents * std / scale + mean. */
  @Test
  void bringsBackMeanAndDeviationOfEachChannel() throws IOException {
    config("latents_mean", "[1, 2, 3, 4]");
    config("latents_std", "[2, 1, 0.5, 0]");

    assertThat(unscaled()).containsExactly(2.8f / 0.7f + 1, 1.4f / 0.7f + 2, 0.7f / 0.7f + 3, 4);
  }

  @Test
  void wantsANumberForEachChannel() throws IOException {
    config("latents_std", "[2, 1]");

    assertThatThrownBy(this::unscaled)
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("latents_std")
        .hasMessageContaining("4 numbers");
  }

  private float[] unscaled() {
    float[] unscaled = new float[CHANNELS];
    try (Vae vae = new Vae(new ModelFolder(folder), 32, 32, Device.cpu())) {
      vae.unscale(new float[] {1.4f, 1.4f, 1.4f, 1.4f}, unscaled);
    }
    return unscaled;
  }

  private void config(String key, String value) throws IOException {
    Path file = folder.resolve("vae_decoder/config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.add(key, JsonParser.parseString(value));
    Files.writeString(file, config.toString());
  }
}
