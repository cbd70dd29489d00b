package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PixelsTest {

  @Test
  void enlargingMixesNeighboursByTheDistanceOfTheirCentres() {
    float[] row = Pixels.resize(new float[] {0, 4}, 1, 2, 1, 4, 1);

    assertThat(row).containsExactly(0, 1, 3, 4);
  }

  @Test
  void shrinkingCountsEveryPixel() {
    float[] all = new float[64];
    all[13] = 64;

    float[] small = Pixels.resize(all, 1, 8, 8, 2, 2);

    float sum = 0;
    for (float value : small) {
      sum += value;
    }
    assertThat(sum / 4).isCloseTo(1f, within(0.4f));
    assertThat(small[0]).isPositive();
  }

  @Test
  void aConstantStaysConstantAtAnySize() {
    float[] constant = new float[3 * 5 * 7];
    java.util.Arrays.fill(constant, 0.3f);

    for (float value : Pixels.resize(constant, 3, 7, 5, 16, 3)) {
      assertThat(value).isCloseTo(0.3f, within(1e-6f));
    }
  }
}
