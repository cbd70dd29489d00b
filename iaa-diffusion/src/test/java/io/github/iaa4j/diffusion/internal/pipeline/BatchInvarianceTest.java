package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BatchInvarianceTest {

  @Test
  void holdsWhereCompanyChangesNothing() {
    assertThat(BatchInvariance.largest(4, (first, count) -> images(first, count, 0))).isEqualTo(4);
  }

  @Test
  void staysBelowTheSizeThatChangesOneBit() {
    BatchInvariance.Trial trial =
        (first, count) -> images(first, count, count == 3 ? Math.ulp(1f) : 0);

    assertThat(BatchInvariance.largest(4, trial)).isEqualTo(2);
    assertThat(BatchInvariance.largest(2, trial)).isEqualTo(2);
  }

  @Test
  void isOneWhereEveryCompanyChangesOneBit() {
    BatchInvariance.Trial trial =
        (first, count) -> images(first, count, count == 1 ? 0 : Math.ulp(1f));

    assertThat(BatchInvariance.largest(4, trial)).isEqualTo(1);
  }

  @Test
  void triesEverySizeOnce() {
    List<String> tried = new ArrayList<>();

    BatchInvariance.largest(
        3,
        (first, count) -> {
          tried.add(first + "+" + count);
          return images(first, count, 0);
        });

    assertThat(tried).containsExactly("0+2", "0+1", "1+1", "0+3", "2+1");
  }

  private static float[][] images(int first, int count, float error) {
    float[][] images = new float[count][];
    for (int i = 0; i < count; i++) {
      images[i] = new float[] {first + i, i == count - 1 ? 1 + error : 1};
    }
    return images;
  }
}
