package io.github.iaa4j.diffusion.internal.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.ControlNet;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.diffusion.StableDiffusionBuilder;
import io.github.iaa4j.diffusion.internal.model.JobImages;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VaeEncoderTest {

  private static final RgbImage SOURCE = RgbImage.read(Golden.path("pipelines/source.png"));

  @Test
  void drawsLatentsAsDiffusers() {
    float[] expected = Npy.read(Golden.path("pipelines/encoded.npy")).values();
    float[] noise = Npy.read(Golden.path("pipelines/encoder-noise.npy")).values();

    float[] latents = encode(Golden.path("tiny-sd"), noise);

    assertThat(latents).containsExactly(expected, within(1e-5f));
    assertThat(encode(Golden.path("tiny-sd"), null)).isNotEqualTo(latents);
  }

  @Test
  void scalesAsTheDecoderScalesBack(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    float[] plain = encode(folder, null);
    for (String part : new String[] {"vae_encoder", "vae_decoder"}) {
      Path file = folder.resolve(part).resolve("config.json");
      JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
      config.addProperty("shift_factor", 0.1);
      config.add("latents_mean", JsonParser.parseString("[0.1, 0.2, 0.3, 0.4]"));
      config.add("latents_std", JsonParser.parseString("[2, 1, 0.5, 4]"));
      Files.writeString(file, config.toString());
    }

    float[] latents = encode(folder, null);

    // (z - shift - mean) * scaling / std
    assertThat(latents[0]).isCloseTo((plain[0] / 0.7f - 0.2f) * 0.7f / 2, within(1e-6f));
    assertThat(latents[255]).isCloseTo((plain[255] / 0.7f - 0.5f) * 0.7f / 4, within(1e-6f));
    try (Vae vae = new Vae(new ModelFolder(folder), 32, 32, Device.cpu())) {
      float[] back = new float[latents.length];
      vae.unscale(latents, back);
      assertThat(back[255]).isCloseTo(plain[255] / 0.7f, within(1e-6f));
    }
  }

  @Test
  void refusesGraphsThatDrawTheLatentsThemselves(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Path model = folder.resolve("vae_encoder/model.onnx");
    // An output of the same length, as old exports have it.
    String bytes = Files.readString(model, StandardCharsets.ISO_8859_1);
    Files.writeString(
        model,
        bytes.replace("latent_parameters", "latent_old_sample"),
        StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> encode(folder, null))
        .isInstanceOfSatisfying(
            ModelException.class, e -> assertThat(e.field()).isEqualTo("latent_parameters"))
        .hasMessageContaining("newer Optimum");
  }

  @Test
  void isClosedWithTheModelAndSoAreControlNets(@TempDir Path folder) throws IOException {
    Golden.copy("tiny-sd", folder);
    Golden.copy("tiny-sd-control", folder);
    int before = Graph.open();
    StableDiffusionBuilder builder =
        StableDiffusion.builder(folder)
            .scheduler("DDIMScheduler")
            .batch(1)
            .imageToImage(job -> SOURCE, 1)
            .controlNet(ControlNet.of(folder.resolve("controlnet"), job -> SOURCE));

    StableDiffusion model = builder.build();
    assertThat(Graph.open()).isEqualTo(before + 5);
    model.close();
    assertThat(Graph.open()).isEqualTo(before);

    builder.controlNet(ControlNet.of(folder.resolve("unet"), job -> SOURCE));
    assertThatThrownBy(builder::build).isInstanceOf(ModelException.class);
    assertThat(Graph.open()).isEqualTo(before);
  }

  private static float[] encode(Path folder, float @Nullable [] noise) {
    try (Vae vae = new Vae(new ModelFolder(folder), 32, 32, Device.cpu());
        VaeEncoder encoder = new VaeEncoder(new ModelFolder(folder), vae, 32, 32, Device.cpu())) {
      return encoder.encode(JobImages.pixels(SOURCE), noise);
    }
  }
}
