package io.github.iaa4j.llm.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RetryAfterTest {

  private static final Clock CLOCK =
      Clock.fixed(Instant.parse("2026-11-22T12:00:00Z"), ZoneOffset.UTC);

  @ParameterizedTest
  @CsvSource({
    "7, PT7S",
    "7s, PT7S",
    "7.66s, PT7.66S",
    "350ms, PT0.35S",
    "1m2.5s, PT1M2.5S",
    "6m0s, PT6M",
    "1h2m3s, PT1H2M3S",
    "2 hours and 5 minutes, PT2H5M",
    "1d, PT24H",
    "0, PT0S"
  })
  void readsEveryWayToWriteADuration(String text, Duration expected) {
    assertThat(RetryAfter.duration(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"error\": {\"message\": \"Rate limit reached. Please try again in 7.66s.\"}}|PT7.66S",
        "{\"error\": {\"message\": \"Please try again in 1m3s. Visit …\"}}|PT1M3S",
        "{\"error\": {\"message\": \"Please try again in 20ms\"}}|PT0.02S",
        "Please retry after 45 seconds.|PT45S",
        "Please retry in 12.3s.|PT12.3S",
        "Too many requests, please wait 30 seconds|PT30S",
        "[{\"error\": {\"details\": [{\"retryDelay\": \"7s\"}]}}]|PT7S",
        "{\"error\": {\"details\": [{\"retryDelay\": \"0.5s\"}]}}|PT0.5S",
        "{\"error\": \"Model m is currently loading\", \"estimated_time\": 20.0}|PT20S",
        "{\"message\": \"slow down\", \"retry_after\": 1.5}|PT1.5S"
      })
  void readsWhatABodyAsksFor(String body, Duration expected) {
    assertThat(RetryAfter.of(429, Headers.of(), body, CLOCK)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Please try again later",
        "{\"error\": {\"message\": \"try again in a while\"}}",
        "at most 5 requests in 60 seconds",
        "<html>503</html>"
      })
  void aBodyThatNamesNoTimeAsksForNothing(String body) {
    assertThat(RetryAfter.of(429, Headers.of(), body, CLOCK)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "x-ratelimit-reset-tokens, 1m2.5s, PT1M2.5S",
    "x-ratelimit-reset-requests, 350ms, PT0.35S",
    "x-rate-limit-reset-tokens, 55, PT55S",
    "X-RateLimit-Reset, 1795348842, PT42S",
    "X-RateLimit-Reset, 1795348842000, PT42S",
    "anthropic-ratelimit-requests-reset, 2026-11-22T12:00:09Z, PT9S",
    "X-RateLimit-Reset, 1000000000, PT0S"
  })
  void readsWhenALimitIsReset(String name, String value, Duration expected) {
    assertThat(RetryAfter.of(429, Headers.of(name, value), "", CLOCK)).isEqualTo(expected);
  }

  @Test
  void theLimitThatIsUsedUpCounts() {
    Headers headers =
        Headers.of(
            "x-ratelimit-remaining-requests", "12",
            "x-ratelimit-reset-requests", "1s",
            "x-ratelimit-remaining-tokens", "0",
            "x-ratelimit-reset-tokens", "9s");

    assertThat(RetryAfter.of(429, headers, "", CLOCK)).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void readsTheHeadersThatAGatewayQuotes() {
    String body =
        """
        {"error": {"metadata": {"headers": {"X-RateLimit-Reset": "1795348842000"}}}}""";

    assertThat(RetryAfter.of(429, Headers.of(), body, CLOCK)).isEqualTo(Duration.ofSeconds(42));
  }

  @Test
  void retryAfterComesFirst() {
    Headers headers = Headers.of("Retry-After", "3", "x-ratelimit-reset-tokens", "9s");

    assertThat(RetryAfter.of(503, headers, "try again in 7s", CLOCK))
        .isEqualTo(Duration.ofSeconds(3));
  }

  @Test
  void otherFailuresAskForNothing() {
    assertThat(RetryAfter.of(500, Headers.of(), "try again in 7s", CLOCK)).isNull();
  }

  private static @Nullable Duration inHeaders(@Nullable String millis, @Nullable String seconds) {
    return RetryAfter.inHeaders(millis, seconds, CLOCK);
  }

  @Test
  void millisecondsComeBeforeSeconds() {
    assertThat(inHeaders("20", "3")).isEqualTo(Duration.ofMillis(20));
  }

  @Test
  void aDateThatHasPassedMeansNow() {
    assertThat(inHeaders(null, "Sun, 22 Nov 2026 11:00:00 GMT")).isEqualTo(Duration.ZERO);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "soon", "-3", "NaN", "Infinity", "1e300"})
  void anInvalidHeaderAsksForNothing(String header) {
    assertThat(inHeaders(header, header)).isNull();
  }
}
