package io.github.iaa4j.diffusion.internal.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A decoder of 8 x 8 latents whose images have 16 x 16 pixels in place of 32 x 32. */
class TinyDecoderTest {

  private static final int SIZE = 32;

  @TempDir Path folder;
  private int open;

  @BeforeEach
  void copy() throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-preview");
    open = Graph.open();
  }

  @AfterEach
  void leavesNoSessionOpen() {
    assertThat(Graph.open()).isEqualTo(open);
  }

  @Test
  void decodesAsDiffusers() {
    float[] image = Npy.read(Golden.path("previews/image.npy")).values();

    assertThat(decoded()).containsExactly(image, within(1e-5f));
  }

  @Test
  void dividesByTheScalingFactorOfItsOwn() throws IOException {
    config("scaling_factor", "2");
    float[] latents = latents();
    for (int i = 0; i < latents.length; i++) {
      latents[i] *= 2;
    }

    float[] image = Npy.read(Golden.path("previews/image.npy")).values();

    assertThat(decoded(latents)).containsExactly(image, within(1e-5f));
  }

  @Test
  void takesAFactorOfOneWhereNoneIsSaid() throws IOException {
    config("scaling_factor", "null");

    float[] image = Npy.read(Golden.path("previews/image.npy")).values();

    assertThat(decoded()).containsExactly(image, within(1e-5f));
  }

  @Test
  void mayBeASmallAutoencoderKl() throws IOException {
    Path preview = folder.resolve("vae_preview");
    for (String file : new String[] {"config.json", "model.onnx"}) {
      Files.copy(
          folder.resolve("vae_decoder").resolve(file),
          preview.resolve(file),
          StandardCopyOption.REPLACE_EXISTING);
    }
    config("_class_name", "\"AutoencoderKL\"");

    try (Vae vae = new Vae(new ModelFolder(folder), SIZE, SIZE, Device.cpu());
        ImageDecoder decoder = new ImageDecoder(vae, SIZE, SIZE, false)) {
      assertThat(decoded()).containsExactly(decoder.decode(latents()));
    }
  }

  @Test
  void isMissed() throws IOException {
    Files.delete(folder.resolve("vae_preview/config.json"));

    assertRefused("vae_preview", "config.json", "missing", "TAESD", "LINEAR or FULL");
  }

  @Test
  void isMissedWithoutItsGraph() throws IOException {
    Files.delete(folder.resolve("vae_preview/model.onnx"));

    assertRefused("vae_preview", "model.onnx", "missing");
  }

  @Test
  void isRefusedOfAnotherClass() throws IOException {
    config("_class_name", "\"AutoencoderDC\"");

    assertRefused(
        "vae_preview", "_class_name", "AutoencoderTiny or AutoencoderKL", "AutoencoderDC");
  }

  @Test
  void isRefusedForOtherLatents() throws IOException {
    config("latent_channels", "16");

    assertRefused("vae_preview", "latent_channels", "expected 4", "vae_decoder", "found 16");
  }

  @Test
  void isRefusedWithoutItsBlocks() throws IOException {
    config("num_decoder_blocks", "null");

    assertRefused("vae_preview", "num_decoder_blocks", "missing");
  }

  @Test
  void isRefusedWithMoreBlocksThanAreInAnyModel() throws IOException {
    config("num_decoder_blocks", "[1, 1, 1, 1, 1, 1, 1, 1]");

    assertRefused("vae_preview", "num_decoder_blocks", "1 to 64");
  }

  @Test
  void isRefusedWhereImagesHaveAnotherSizeThanItSays() throws IOException {
    config("num_decoder_blocks", "[1, 1, 1]");

    assertRefused("vae_preview", "model.onnx", "run failed");
  }

  @Test
  void isRefusedWithAnotherGraph() throws IOException {
    Files.copy(
        folder.resolve("unet/model.onnx"),
        folder.resolve("vae_preview/model.onnx"),
        StandardCopyOption.REPLACE_EXISTING);

    assertRefused("vae_preview", "expected the inputs [latent_sample]", "found");
  }

  private void assertRefused(String... words) {
    assertThatThrownBy(this::decoded)
        .isInstanceOf(ModelException.class)
        .satisfies(failure -> assertThat(failure.getMessage()).contains(words));
  }

  private float[] decoded() {
    return decoded(latents());
  }

  private float[] decoded(float[] latents) {
    try (Vae vae = new Vae(new ModelFolder(folder), SIZE, SIZE, Device.cpu());
        Vae tiny = Vae.ofPreviews(new ModelFolder(folder), vae, SIZE, SIZE, Device.cpu());
        ImageDecoder decoder = new ImageDecoder(tiny, 8 * tiny.scale(), 8 * tiny.scale(), false)) {
      return decoder.decode(latents).clone();
    }
  }

  private static float[] latents() {
    return Npy.read(Golden.path("previews/latents.npy")).values();
  }

  private void config(String key, String value) throws IOException {
    Path file = folder.resolve("vae_preview/config.json");
    JsonObject config = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    config.add(key, JsonParser.parseString(value));
    Files.writeString(file, config.toString());
  }
}
