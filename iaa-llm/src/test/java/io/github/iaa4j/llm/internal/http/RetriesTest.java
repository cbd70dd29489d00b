package io.github.iaa4j.llm.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RetriesTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-22T12:00:00Z"), ZoneOffset.UTC);

  private final Retries retries = new Retries(CLOCK, () -> 0);

  @Property
  void backoffStaysBetweenThreeEighthsOfASecondAndEightSeconds(
      @ForAll @IntRange(min = 1, max = 1000) int attempt,
      @ForAll @DoubleRange(max = 1, maxIncluded = false) double jitter) {
    assertThat(new Retries(CLOCK, () -> jitter).delay(attempt, null))
        .isBetween(Duration.ofMillis(375), Duration.ofSeconds(8));
  }

  @Test
  void millisecondsComeBeforeSeconds() {
    assertThat(retries.asked("20", "3")).isEqualTo(Duration.ofMillis(20));
  }

  @Test
  void aDateThatHasPassedMeansNow() {
    assertThat(retries.asked(null, "Sun, 22 Nov 2026 11:00:00 GMT")).isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-3", "NaN", "Infinity", "1e300"})
  void whatCannotBeReadAsksForNothing(String header) {
    assertThat(retries.asked(header, header)).isNull();
  }
}
