package io.github.iaa4j.llm.internal.http;

import java.time.Clock;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.function.DoubleSupplier;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next attempt.
 *
 * @param clock tells how far a date in {@code Retry-After} lies ahead
 * @param jitter in [0, 1); spreads the attempts of many clients
 */
public record Retries(Clock clock, DoubleSupplier jitter) {

  private static final Duration FIRST = Duration.ofMillis(500);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(8);

  /** What an answer asks for, or null where it asks for nothing or cannot be read. */
  @Nullable Duration asked(int status, Headers headers, String body) {
    Duration told = asked(headers.get("retry-after-ms"), headers.get("Retry-After"));
    if (told != null || (status != 429 && status != 503)) {
      return told;
    }
    Duration inBody = Waits.inBody(body);
    return inBody != null ? inBody : Waits.untilReset(headers, body, clock);
  }

  /** What the headers ask for, or null where they ask for nothing or cannot be read. */
  @Nullable Duration asked(@Nullable String retryAfterMs, @Nullable String retryAfter) {
    Duration millis = number(retryAfterMs, 1);
    if (millis != null) {
      return millis;
    }
    Duration seconds = number(retryAfter, 1000);
    if (seconds != null || retryAfter == null) {
      return seconds;
    }
    try {
      Instant until = DateTimeFormatter.RFC_1123_DATE_TIME.parse(retryAfter.strip(), Instant::from);
      Duration wait = Duration.between(clock.instant(), until);
      return wait.isNegative() ? Duration.ZERO : wait;
    } catch (DateTimeException e) {
      return Waits.duration(retryAfter); // Such as 7s, which some gateways write.
    }
  }

  /**
   * The wait after a failed attempt.
   *
   * @param attempt the one that failed, from 1
   */
  Duration delay(int attempt, @Nullable Duration asked) {
    if (asked != null) {
      return asked;
    }
    Duration backoff = FIRST.multipliedBy(1L << Math.min(attempt - 1, 10));
    if (backoff.compareTo(LONGEST_BACKOFF) > 0) {
      backoff = LONGEST_BACKOFF;
    }
    return Duration.ofMillis((long) (backoff.toMillis() * (1 - 0.25 * jitter.getAsDouble())));
  }

  private static @Nullable Duration number(@Nullable String header, double millisPerUnit) {
    if (header == null) {
      return null;
    }
    try {
      double value = Double.parseDouble(header.strip()) * millisPerUnit;
      return value >= 0 && value < Long.MAX_VALUE ? Duration.ofMillis((long) value) : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
