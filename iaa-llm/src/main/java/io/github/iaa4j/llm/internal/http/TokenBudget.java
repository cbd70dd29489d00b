package io.github.iaa4j.llm.internal.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * A limit on tokens per minute: a bucket that holds a minute's worth, starts full and refills
 * evenly. Whoever asks for more than it holds puts it into debt and waits until that is paid off,
 * so the waits depend on the order of the requests and on the clock alone. Thread-safe.
 */
final class TokenBudget {

  private static final double MILLIS = 60_000;

  private final double perMinute;
  private final Clock clock;
  private double left;
  private Instant counted;

  /**
   * @param perMinute at least 1
   */
  TokenBudget(int perMinute, Clock clock) {
    this.perMinute = perMinute;
    this.clock = clock;
    this.left = perMinute;
    this.counted = clock.instant();
  }

  /** Takes tokens; returns how long to wait before they may be used. */
  synchronized Duration reserve(long tokens) {
    refill();
    left -= tokens;
    return left >= 0
        ? Duration.ZERO
        : Duration.ofMillis((long) Math.ceil(-left * MILLIS / perMinute));
  }

  /** Corrects a reservation once it is known what was used. */
  synchronized void settle(long reserved, long used) {
    refill();
    left = Math.min(perMinute, left + reserved - used);
  }

  private void refill() {
    Instant now = clock.instant();
    if (now.isAfter(counted)) {
      double refilled = Duration.between(counted, now).toMillis() * perMinute / MILLIS;
      left = Math.min(perMinute, left + refilled);
      counted = now;
    }
  }
}
