package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.crf.DenseCrf;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ActivationMapsTest {

  private static final List<Double> SCALES = List.of(0.75, 1.0);
  private static final BackgroundRule BACKGROUND = BackgroundRule.fixed(0.35);

  private static ActivationMaps maps(Graph network, int classes, int imageSize) {
    return new ActivationMaps(network, classes, TinyNetwork.scaling(imageSize), SCALES);
  }

  private static RgbImage noise(int width, int height, long seed) {
    byte[] pixels = new byte[3 * width * height];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  /** Dark, with a bright rectangle. */
  private static RgbImage rectangle(int width, int height, int left, int top, int side) {
    byte[] pixels = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      int x = i % width - left;
      int y = i / width - top;
      boolean isInside = x >= 0 && x < side && y >= 0 && y < side;
      Arrays.fill(pixels, 3 * i, 3 * i + 3, (byte) (isInside ? 240 : 20));
    }
    return new RgbImage(width, height, pixels);
  }

  private static int indexOfGreatest(float[] values) {
    int best = 0;
    for (int i = 0; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  @Test
  void aSquareOfTheTrainedSizeIsUsedAsItIsToTheLastBit() {
    RgbImage image = noise(64, 64, 1);
    try (Graph network = TinyNetwork.classifier(3, 4, 5)) {
      float[][] expected = SquareReference.cams(network, 3, image, 4, SCALES);

      assertThat(maps(network, 3, 64).cams(image, List.of(0, 1, 2), 64, 64)).isEqualTo(expected);
      float[] probabilities = SquareReference.run(network, image, 64, ModelFormat.PROBABILITIES);
      assertThat(maps(network, 3, 64).probabilities(image))
          .containsExactly(
              (probabilities[0] + probabilities[3]) / 2,
              (probabilities[1] + probabilities[4]) / 2,
              (probabilities[2] + probabilities[5]) / 2);
    }
  }

  @Test
  void soIsItsPseudoMask() {
    RgbImage image = noise(64, 64, 2);
    try (Graph network = TinyNetwork.classifier(3, 4, 6)) {
      float[][] cams = SquareReference.cams(network, 3, image, 4, SCALES);
      byte[] expected = new byte[64 * 64];
      float[] best = new float[expected.length];
      Arrays.fill(best, 0.35f);
      for (int k : List.of(0, 2)) {
        float[] refined = SquareReference.propagated(image, cams[k], 3);
        SquareReference.normalise(refined);
        for (int i = 0; i < expected.length; i++) {
          if (refined[i] > best[i]) {
            best[i] = refined[i];
            expected[i] = (byte) (k + 1);
          }
        }
      }

      LabelMask mask =
          maps(network, 3, 64)
              .pseudoMask(image, List.of(0, 2), Refinement.colourAffinity(3), BACKGROUND);

      assertThat(mask.indices()).contains(0, 1, 3).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @CsvSource({"64,4", "64,8", "0,4", "0,8", "120,2"})
  void anObjectIsWhereItIsInTheImageWhateverSizeAndStride(int imageSize, int stride) {
    RgbImage image = rectangle(96, 40, 64, 12, 16);
    try (Graph network = TinyNetwork.brightness(stride, 0)) {
      float[] cam = maps(network, 1, imageSize).cams(image, List.of(0), 96, 40)[0];

      int at = indexOfGreatest(cam);
      assertThat(at % 96).isBetween(64, 79);
      assertThat(at / 96).isBetween(12, 27);
      assertThat(cam[at]).isEqualTo(1f);
      assertThat(cam[20 * 96 + 20]).isZero();
    }
  }

  @Test
  void theMapsOfTheMirrorImageAreTheMirroredMaps() {
    RgbImage image = noise(50, 31, 3);
    byte[] mirrored = new byte[image.pixels().length];
    for (int i = 0; i < 50 * 31; i++) {
      System.arraycopy(image.pixels(), 3 * i, mirrored, 3 * (i - i % 50 + 49 - i % 50), 3);
    }
    try (Graph network = TinyNetwork.classifier(2, 4, 8)) {
      ActivationMaps maps = maps(network, 2, 64);
      float[] cam = maps.cams(image, List.of(1), 50, 31)[0];
      float[] other = maps.cams(new RgbImage(50, 31, mirrored), List.of(1), 50, 31)[0];

      assertThat(Pixels.flip(other, 50)).containsExactly(cam, within(1e-4f));
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,64", "1,1,0", "1,300,64", "300,1,64", "1,37,0"})
  void anImageMayBeOnePixelWide(int width, int height, int imageSize) {
    RgbImage image = noise(width, height, 4);
    try (Graph network = TinyNetwork.classifier(2, 4, 9)) {
      ActivationMaps maps = maps(network, 2, imageSize);

      float[] cam = maps.cams(image, List.of(0, 1), width, height)[1];
      assertThat(cam).hasSize(width * height);
      for (float value : cam) {
        assertThat(value).isBetween(0f, 1f);
      }
      for (Refinement refinement :
          List.of(Refinement.colourAffinity(2), Refinement.pixelAdaptive(2))) {
        LabelMask mask = maps.pseudoMask(image, List.of(0), refinement, BACKGROUND);
        assertThat(mask.width()).isEqualTo(width);
        assertThat(mask.height()).isEqualTo(height);
      }
    }
  }

  @Test
  void mapsBeyondTheHeapAreOneErrorWithSizeAndClasses() {
    try (Graph network = TinyNetwork.classifier(20, 4, 1)) {
      List<Integer> all = IntStream.range(0, 20).boxed().toList();

      assertThatThrownBy(() -> maps(network, 20, 64).cams(noise(4, 3, 1), all, 120_000, 90_000))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("20 classes at 120000 x 90000 pixels need 864.0 GB")
          .hasMessageContaining("pseudo mask");
    }
  }

  @Test
  void anImageBeyondATensorIsOneErrorWithSizeAndRemedy() {
    RgbImage image = noise(30_000, 1, 1);
    InputScaling wide = new InputScaling(30_000, 30_000, TinyNetwork.NORMALIZATION);
    try (Graph network = TinyNetwork.classifier(1, 4, 1)) {
      ActivationMaps maps = new ActivationMaps(network, 1, wide, List.of(1.0));

      assertThatThrownBy(() -> maps.probabilities(image))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("30000 x 1 pixels is too large")
          .hasMessageContaining("30000 x 30000");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {64, 0})
  void pixelsBetweenTwoThresholdsAreVoid(int imageSize) {
    RgbImage image = noise(48, 64, 5);
    try (Graph network = TinyNetwork.classifier(2, 4, 3)) {
      ActivationMaps maps = maps(network, 2, imageSize);
      LabelMask high =
          maps.pseudoMask(image, List.of(0, 1), Refinement.none(), BackgroundRule.fixed(0.6));
      LabelMask low =
          maps.pseudoMask(image, List.of(0, 1), Refinement.none(), BackgroundRule.fixed(0.3));
      LabelMask both =
          maps.pseudoMask(image, List.of(0, 1), Refinement.none(), BackgroundRule.fixed(0.3, 0.6));

      assertThat(both.indices()).contains(0, 1, 2, 255);
      for (int i = 0; i < both.indices().length; i++) {
        int expected =
            low.indices()[i] == 0 ? 0 : high.indices()[i] == 0 ? LabelMask.VOID : high.indices()[i];
        assertThat(both.indices()[i] & 0xff).isEqualTo(expected);
      }
      assertThat(high.indices()).doesNotContain(LabelMask.VOID);
    }
  }

  @Test
  void aCrfWithoutIterationsDecidesAsTheActivationsDo() {
    RgbImage image = noise(48, 32, 6);
    try (Graph network = TinyNetwork.classifier(3, 4, 3)) {
      ActivationMaps maps = maps(network, 3, 0);
      BackgroundRule rule = BackgroundRule.power(1.5, 4);
      Refinement refinement = Refinement.colourAffinity(2);
      DenseCrf crf = DenseCrf.builder().iterations(0).build();

      LabelMask without = maps.pseudoMask(image, List.of(0, 1), refinement, rule);
      LabelMask with = maps.pseudoMask(image, List.of(0, 1), refinement.withDenseCrf(crf), rule);

      assertThat(with).isEqualTo(without);
    }
  }

  @Test
  void aCrfAlignsTheMaskWithTheImagesEdges() {
    RgbImage image = rectangle(64, 48, 21, 11, 21);
    DenseCrf crf = DenseCrf.builder().bilateral(40, 10, 10).build();
    try (Graph network = TinyNetwork.brightness(8, 1)) {
      ActivationMaps maps = maps(network, 1, 0);
      LabelMask coarse = maps.pseudoMask(image, List.of(0), Refinement.none(), BACKGROUND);
      LabelMask aligned = maps.pseudoMask(image, List.of(0), Refinement.denseCrf(crf), BACKGROUND);

      byte[] bright = new byte[64 * 48];
      for (int i = 0; i < bright.length; i++) {
        bright[i] = (byte) (image.pixels()[3 * i] == (byte) 240 ? 1 : 0);
      }
      assertThat(aligned.indices()).isEqualTo(bright);
      assertThat(coarse.indices()).isNotEqualTo(bright);
    }
  }

  @Test
  void aClassWhoseMapIsNowherePositiveHasNoActivations() {
    try (Graph network = TinyNetwork.brightness(4, -9)) {
      RgbImage image = rectangle(32, 32, 16, 0, 32);

      assertThat(maps(network, 1, 32).cams(image, List.of(0), 32, 32)[0]).containsOnly(0f);
    }
  }

  @Test
  void inAPseudoMaskItIsWhereItsMapExceedsItsMean() {
    try (Graph network = TinyNetwork.brightness(4, -9)) {
      RgbImage image = rectangle(32, 32, 16, 0, 32);

      LabelMask mask =
          maps(network, 1, 32).pseudoMask(image, List.of(0), Refinement.none(), BACKGROUND);

      assertThat(mask.indices()).containsOnly(0, 1);
      assertThat(mask.at(30, 10)).isEqualTo(1);
      assertThat(mask.at(1, 10)).isZero();
    }
  }

  @Test
  void anImageWithoutLabelsIsBackground() {
    try (Graph network = TinyNetwork.brightness(4, 1)) {
      LabelMask mask =
          maps(network, 1, 32)
              .pseudoMask(noise(32, 20, 1), List.of(), Refinement.none(), BackgroundRule.otsu());

      assertThat(mask.indices()).hasSize(32 * 20).containsOnly(0);
    }
  }
}
