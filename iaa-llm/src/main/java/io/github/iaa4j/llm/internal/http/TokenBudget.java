package io.github.iaa4j.llm.internal.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/**
 * A bound on tokens a minute: a bucket that holds a minute's worth, is full at first and refills
 * evenly. Who asks for more than it holds goes into its debt and waits until that is paid, so the
 * waits follow from the order of the requests and from the clock alone. Thread-safe.
 */
public final class TokenBudget {

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

  /** Takes tokens, and says how long to wait before they may be used. */
  synchronized Duration reserve(long tokens) {
    refill();
    left -= tokens;
    return left >= 0
        ? Duration.ZERO
        : Duration.ofMillis((long) Math.ceil(-left * MILLIS / perMinute));
  }

  /** Puts what was reserved right, once it is known what was used. */
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
