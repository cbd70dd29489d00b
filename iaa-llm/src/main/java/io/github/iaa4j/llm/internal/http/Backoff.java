package io.github.iaa4j.llm.internal.http;

import java.time.Duration;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * How long to wait before the next attempt: half a second, doubled after each attempt up to eight
 * seconds, minus up to a quarter.
 *
 * @param jitter in [0, 1); spreads the attempts of many clients
 */
record Backoff(DoubleSupplier jitter) {

  private static final Duration INITIAL = Duration.ofMillis(500);
  private static final Duration MAX = Duration.ofSeconds(8);

  /**
   * The wait after a failed attempt.
   *
   * @param attempt the one that failed, from 1
   * @param retryAfter what the server asks for, which takes precedence, or null
   */
  Duration delay(int attempt, @Nullable Duration retryAfter) {
    if (retryAfter != null) {
      return retryAfter;
    }
    Duration backoff = INITIAL.multipliedBy(1L << Math.min(attempt - 1, 10));
    if (backoff.compareTo(MAX) > 0) {
      backoff = MAX;
    }
    return Duration.ofMillis((long) (backoff.toMillis() * (1 - 0.25 * jitter.getAsDouble())));
  }
}
