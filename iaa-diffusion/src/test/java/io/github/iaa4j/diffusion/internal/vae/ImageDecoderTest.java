package io.github.iaa4j.diffusion.internal.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.Npy;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.onnx.Device;
import org.junit.jupiter.api.Test;

/** The autoencoder of these images was trained on 32 x 32 pixels, 8 x 8 latents. */
class ImageDecoderTest {

  private static final Npy LATENTS = Npy.read(Golden.path("tiny-sd-expected/tiled-latents.npy"));
  private static final Npy IMAGE = Npy.read(Golden.path("tiny-sd-expected/tiled-image.npy"));

  @Test
  void blendsTilesAsDiffusers() {
    assertThat(decoded(LATENTS.values(), 56, 80, true))
        .containsExactly(IMAGE.values(), within(1e-5f));
  }

  @Test
  void decodesInOneGoWhatIsNotLarger() {
    float[] latents = new float[4 * 8 * 8];
    System.arraycopy(LATENTS.values(), 0, latents, 0, latents.length);

    assertThat(decoded(latents, 32, 32, true)).containsExactly(decoded(latents, 32, 32, false));
  }

  @Test
  void tilesShowInAnImage() {
    float[] whole = decoded(LATENTS.values(), 56, 80, false);

    float most = 0;
    for (int i = 0; i < whole.length; i++) {
      most = Math.max(most, Math.abs(whole[i] - IMAGE.values()[i]));
    }
    assertThat(most).isGreaterThan(1e-2f);
  }

  private static float[] decoded(float[] latents, int width, int height, boolean tiled) {
    try (Vae vae = new Vae(new ModelFolder(Golden.path("tiny-sd")), width, height, Device.cpu());
        ImageDecoder decoder = new ImageDecoder(vae, width, height, tiled)) {
      return decoder.decode(latents).clone();
    }
  }
}
