package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A class whose maps are below zero everywhere, as those of a class with few images are. */
class ActivationMapsTest {

  private static final int SIZE = 32;

  private final OnnxNetwork gloomy =
      new OnnxNetwork(Path.of("gloomy.onnx"), classifierOfNegativeMaps());
  private final ActivationMaps maps = new ActivationMaps(gloomy, 1, SIZE, List.of(1.0));

  @AfterEach
  void close() {
    gloomy.close();
  }

  /** One class. Features are never negative, so a head of negative weights makes negative maps. */
  private static byte[] classifierOfNegativeMaps() {
    Network network = Architecture.classifier(1, false);
    Weights weights = network.initialWeights(new Random(1));
    int head = 96 + 1;
    int from = weights.vector().length - 2 * head;
    Arrays.fill(weights.vector(), from, from + head, -1f);
    return OnnxExport.bytes(network, weights);
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
  void theActivationsOfSuchAClassAreZero() {
    assertThat(maps.cams(darkLeftBrightRight(), SIZE, SIZE)[0]).containsOnly(0f);
  }

  @Test
  void wherePresentItIsLookedForWhereItsMapIsAboveItsOwnMean() {
    LabelMask mask = maps.pseudoMask(darkLeftBrightRight(), List.of(0), 0.35, 0, SIZE, SIZE);

    assertThat(mask.indices()).containsOnly(0, 1);
  }

  @Test
  void whereAbsentItIsNowhere() {
    LabelMask mask = maps.pseudoMask(darkLeftBrightRight(), List.of(), 0.35, 0, SIZE, SIZE);

    assertThat(mask.indices()).containsOnly(0);
  }
}
