package io.github.iaa4j.diffusion.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchInvarianceTest {

  @Test
  void holdsWhereCompanyChangesNothing() {
    assertThat(BatchInvariance.holds(4, (first, count) -> images(first, count, 0))).isTrue();
  }

  @Test
  void failsWhereOneSizeChangesOneBit() {
    BatchInvariance.Trial trial =
        (first, count) -> images(first, count, count == 3 ? Math.ulp(1f) : 0);

    assertThat(BatchInvariance.holds(4, trial)).isFalse();
    assertThat(BatchInvariance.holds(2, trial)).isTrue();
  }

  @Test
  void triesEverySizeOnce() {
    List<String> tried = new ArrayList<>();

    BatchInvariance.holds(
        3,
        (first, count) -> {
          tried.add(first + "+" + count);
          return images(first, count, 0);
        });

    assertThat(tried).containsExactly("0+1", "1+1", "2+1", "0+2", "0+3");
  }

  private static float[][] images(int first, int count, float error) {
    float[][] images = new float[count][];
    for (int i = 0; i < count; i++) {
      images[i] = new float[] {first + i, i == count - 1 ? 1 + error : 1};
    }
    return images;
  }
}
