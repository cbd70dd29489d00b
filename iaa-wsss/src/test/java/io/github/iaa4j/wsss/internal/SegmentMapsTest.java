package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.crf.DenseCrf;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SegmentMapsTest {

  private static final int CLASSES = 3;

  private static SegmentMaps maps(Graph network, int imageSize, Double... scales) {
    return new SegmentMaps(network, CLASSES, TinyNetwork.scaling(imageSize), List.of(scales));
  }

  private static RgbImage noise(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    new Random(7).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  /** The mean of the softmax over the image and its mirror image, {@code [1 + classes, side²]}. */
  private static float[] probabilities(Graph network, RgbImage image, int size) {
    int side = size / 2;
    int plane = side * side;
    float[] logits = SquareReference.run(network, image, size, ModelFormat.LOGITS);
    int channels = 1 + CLASSES;
    for (int i = 0; i < 2 * plane; i++) {
      int start = i / plane * channels * plane + i % plane;
      float greatest = Float.NEGATIVE_INFINITY;
      for (int k = 0; k < channels; k++) {
        greatest = Math.max(greatest, logits[start + k * plane]);
      }
      float total = 0;
      for (int k = 0; k < channels; k++) {
        float value = (float) Math.exp(logits[start + k * plane] - greatest);
        logits[start + k * plane] = value;
        total += value;
      }
      for (int k = 0; k < channels; k++) {
        logits[start + k * plane] /= total;
      }
    }
    return SquareReference.folded(logits, side);
  }

  private static byte[] argmax(float[] scores) {
    int plane = scores.length / (1 + CLASSES);
    byte[] mask = new byte[plane];
    for (int i = 0; i < plane; i++) {
      for (int k = 1; k <= CLASSES; k++) {
        if (scores[k * plane + i] > scores[mask[i] * plane + i]) {
          mask[i] = (byte) k;
        }
      }
    }
    return mask;
  }

  @Test
  void aSquareOfTheTrainedSizeIsUsedAsItIs() {
    RgbImage image = noise(64, 64);
    try (Graph network = TinyNetwork.segmenter(CLASSES, 2, 1)) {
      float[] mean = probabilities(network, image, 64);

      LabelMask mask = maps(network, 64, 1.0).segment(image, Optional.empty());

      assertThat(mask.indices())
          .contains(0, 1, 2, 3)
          .isEqualTo(argmax(Pixels.resize(mean, 1 + CLASSES, 32, 32, 64, 64)));
    }
  }

  @Test
  void probabilitiesOfSeveralScalesAreAdded() {
    RgbImage image = noise(64, 64);
    try (Graph network = TinyNetwork.segmenter(CLASSES, 2, 1)) {
      float[] small = probabilities(network, image, 48);
      float[] large = probabilities(network, image, 96);
      float[] sum = Pixels.resize(small, 1 + CLASSES, 24, 24, 64, 64);
      float[] other = Pixels.resize(large, 1 + CLASSES, 48, 48, 64, 64);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += other[i];
      }

      LabelMask mask = maps(network, 64, 0.75, 1.5).segment(image, Optional.empty());

      byte[] expected = argmax(sum);
      int different = 0;
      for (int i = 0; i < expected.length; i++) {
        different += mask.indices()[i] == expected[i] ? 0 : 1;
      }
      // Where two classes tie but for the order of a sum's terms.
      assertThat(different).isLessThan(4);
    }
  }

  @ParameterizedTest
  @CsvSource({"1,1,64", "1,1,0", "1,200,64", "200,1,0", "50,31,64", "50,31,0"})
  void aMaskHasTheSizeOfItsImage(int width, int height, int imageSize) {
    try (Graph network = TinyNetwork.segmenter(CLASSES, 4, 2)) {
      for (Optional<DenseCrf> crf :
          List.of(Optional.<DenseCrf>empty(), Optional.of(CrfPreset.AFA.crf()))) {
        LabelMask mask = maps(network, imageSize, 1.0, 1.25).segment(noise(width, height), crf);

        assertThat(mask.width()).isEqualTo(width);
        assertThat(mask.height()).isEqualTo(height);
      }
    }
  }

  @Test
  void aCrfWithoutIterationsChangesNothing() {
    RgbImage image = noise(64, 48);
    try (Graph network = TinyNetwork.segmenter(CLASSES, 4, 2)) {
      SegmentMaps maps = maps(network, 64, 1.0);

      assertThat(maps.segment(image, Optional.of(DenseCrf.builder().iterations(0).build())))
          .isEqualTo(maps.segment(image, Optional.empty()));
    }
  }

  @Test
  void aCrfSmoothsTheMask() {
    RgbImage grey = new RgbImage(64, 48, new byte[3 * 64 * 48]);
    RgbImage image = noise(64, 48);
    DenseCrf crf = DenseCrf.builder().gaussian(8, 30).build();
    try (Graph network = TinyNetwork.segmenter(CLASSES, 4, 2)) {
      SegmentMaps maps = maps(network, 64, 1.0);

      assertThat(changes(maps.segment(image, Optional.of(crf))))
          .isLessThan(changes(maps.segment(image, Optional.empty())) / 2);
      assertThat(changes(maps.segment(grey, Optional.of(crf)))).isZero();
    }
  }

  private static int changes(LabelMask mask) {
    int changes = 0;
    for (int i = 1; i < mask.indices().length; i++) {
      changes += mask.indices()[i] == mask.indices()[i - 1] ? 0 : 1;
    }
    return changes;
  }
}
