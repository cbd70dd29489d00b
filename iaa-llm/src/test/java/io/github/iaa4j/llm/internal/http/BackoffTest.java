package io.github.iaa4j.llm.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class BackoffTest {

  @Property
  void theDelayIsBetweenThreeEighthsOfASecondAndEightSeconds(
      @ForAll @IntRange(min = 1, max = 1000) int attempt,
      @ForAll @DoubleRange(max = 1, maxIncluded = false) double jitter) {
    assertThat(new Backoff(() -> jitter).delay(attempt, null))
        .isBetween(Duration.ofMillis(375), Duration.ofSeconds(8));
  }

  @Test
  void whatTheServerAsksForTakesPrecedence() {
    assertThat(new Backoff(() -> 0.5).delay(3, Duration.ofHours(1))).isEqualTo(Duration.ofHours(1));
  }
}
