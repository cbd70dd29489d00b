package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.training.UntrainedClassifier;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A class whose map is nowhere positive, as happens with classes of few training images. */
class ActivationMapsTest {

  private static final int SIZE = 32;

  private final Graph network =
      Graph.load(
          Path.of("negative.onnx"),
          UntrainedClassifier.ofNegativeMaps(),
          Device.cpu(),
          ModelFolder.REMEDIES);
  private final ActivationMaps maps = new ActivationMaps(network, 1, SIZE, List.of(1.0));

  @AfterEach
  void close() {
    network.close();
  }

  private static RgbImage darkLeftBrightRight() {
    byte[] pixels = new byte[3 * SIZE * SIZE];
    for (int i = 0; i < SIZE * SIZE; i++) {
      byte value = (byte) (i % SIZE < SIZE / 2 ? 20 : 230);
      Arrays.fill(pixels, 3 * i, 3 * i + 3, value);
    }
    return new RgbImage(SIZE, SIZE, pixels);
  }

  @Test
  void itsActivationsAreZero() {
    assertThat(maps.cams(darkLeftBrightRight(), SIZE, SIZE)[0]).containsOnly(0f);
  }

  @Test
  void inAPseudoMaskItIsWhereItsMapExceedsItsMean() {
    LabelMask mask = maps.pseudoMask(darkLeftBrightRight(), List.of(0), 0.35, 0, SIZE, SIZE);

    assertThat(mask.indices()).containsOnly(0, 1);
  }

  @Test
  void withoutItsLabelItIsNotInThePseudoMask() {
    LabelMask mask = maps.pseudoMask(darkLeftBrightRight(), List.of(), 0.35, 0, SIZE, SIZE);

    assertThat(mask.indices()).containsOnly(0);
  }
}
