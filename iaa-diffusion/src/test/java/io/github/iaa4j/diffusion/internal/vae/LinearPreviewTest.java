package io.github.iaa4j.diffusion.internal.vae;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import io.github.iaa4j.onnx.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LinearPreviewTest {

  private static final int SIZE = 32;

  /** What tools/goldens/previews.py wrote into tiny-sd-linear, for pixels from -1 to 1. */
  private static final double[][] LINEAR = {
    {0.1, -0.05, 0.02, 0.04, 0.1}, {0.03, 0.08, -0.06, 0, -0.2}, {-0.02, 0.01, 0.05, 0.09, 0.3}
  };

  @TempDir Path folder;

  @Test
  void findsTheMapOfADecoderThatIsLinear() throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-linear");

    LinearPreview linear = fitted(List.of(noise(1), noise(2)));

    assertThat(linear.explained()).isCloseTo(1, within(1e-9));
    for (int c = 0; c < 3; c++) {
      for (int i = 0; i < 4; i++) {
        assertThat(linear.weights()[c][i]).isCloseTo(LINEAR[c][i] / 2, within(1e-6));
      }
      assertThat(linear.weights()[c][4]).isCloseTo(LINEAR[c][4] / 2 + 0.5, within(1e-6));
    }
  }

  @Test
  void reproducesTheColoursOfTheDecoder() throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-linear");
    float[] half = new float[4 * 8 * 8];
    for (int i = 0; i < half.length; i++) {
      half[i] = i % 8 < 4 ? 1 : -1;
    }

    RgbImage image = fitted(List.of(noise(1), noise(2))).image(half);

    assertThat(image.width()).isEqualTo(SIZE);
    assertThat(image.height()).isEqualTo(SIZE);
    RgbImage decoded;
    try (Vae vae = new Vae(new ModelFolder(folder), SIZE, SIZE, Device.cpu());
        ImageDecoder decoder = new ImageDecoder(vae, SIZE, SIZE, false)) {
      decoded = decoder.image(half);
    }
    for (int left : new int[] {0, SIZE - 3}) {
      assertThat(Arrays.copyOfRange(image.pixels(), 3 * left, 3 * left + 9))
          .containsExactly(Arrays.copyOfRange(decoded.pixels(), 3 * left, 3 * left + 9));
    }
    // Between the halves colours change smoothly: the pixels at the edge match neither.
    assertThat(image.pixels()[3 * (SIZE / 2)])
        .isNotEqualTo(image.pixels()[0])
        .isNotEqualTo(image.pixels()[3 * (SIZE - 1)]);
  }

  @Test
  void saysHowMuchItExplainsOfADecoderThatIsNot() throws IOException {
    Golden.copy("tiny-sd", folder);

    assertThat(fitted(List.of(noise(1), noise(2))).explained()).isBetween(0.0, 0.9);
  }

  @Test
  void isFittedToLatentsThatAreAllTheSame() throws IOException {
    Golden.layers(folder, "tiny-sd", "tiny-sd-linear");
    float[] ones = new float[4 * 8 * 8];
    Arrays.fill(ones, 1);

    int red = fitted(List.of(ones)).image(ones).pixels()[0] & 0xff;

    assertThat(red).isEqualTo((int) Math.rint(255 * (0.5 + (0.1 - 0.05 + 0.02 + 0.04 + 0.1) / 2)));
  }

  @Test
  void refusesADecoderThatAnswersNan() throws IOException {
    Golden.copy("tiny-sd", folder);
    float[] latents = noise(1);
    latents[3] = Float.NaN;

    assertThatThrownBy(() -> fitted(List.of(latents)))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("vae_decoder")
        .hasMessageContaining("NaN")
        .hasMessageContaining("FULL");
  }

  private LinearPreview fitted(List<float[]> latents) {
    try (Vae vae = new Vae(new ModelFolder(folder), SIZE, SIZE, Device.cpu());
        ImageDecoder decoder = new ImageDecoder(vae, SIZE, SIZE, false)) {
      return new LinearPreview(latents, decoder, vae, SIZE, SIZE);
    }
  }

  private static float[] noise(long seed) {
    float[] noise = new float[4 * 8 * 8];
    new GaussianNoise(seed).fill(noise);
    return noise;
  }
}
