package io.github.iaa4j.diffusion.internal.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BetaQuantileTest {

  /** The values are those of SciPy's {@code beta.ppf}. */
  @ParameterizedTest
  @CsvSource({
    "1e-06, 1.8558824624053043e-10",
    "0.02, 0.002732982024577027",
    "0.1, 0.03958440558878085",
    "0.25, 0.17568037865269498",
    "0.4, 0.3627009907532143",
    "0.6, 0.6372990092467856",
    "0.9, 0.9604155944112192",
    "0.98, 0.9972670179754229"
  })
  void isThatOfTheBetaDistribution(double share, double value) {
    assertThat(BetaQuantile.of(share)).isCloseTo(value, within(1e-12 * value));
  }

  @Test
  void coversAllOfTheDistribution() {
    assertThat(BetaQuantile.of(0)).isZero();
    assertThat(BetaQuantile.of(0.5)).isCloseTo(0.5, within(1e-15));
    assertThat(BetaQuantile.of(1)).isEqualTo(1);
  }
}
