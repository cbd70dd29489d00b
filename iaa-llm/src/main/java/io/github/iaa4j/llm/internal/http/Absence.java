package io.github.iaa4j.llm.internal.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long an endpoint has not been there for anybody: from the first question to the first answer,
 * and again from the failures that look like an outage to the next answer. Thread-safe.
 */
public final class Absence {

  /** Questions in a row that failed, from which on an endpoint counts as gone. */
  private static final int MAX_FAILURES = 3;

  private final Clock clock;
  private @Nullable Instant since;
  private Duration before = Duration.ZERO;
  private int failures;

  Absence(Clock clock) {
    this.clock = clock;
  }

  /** It is not there; does nothing where that was known already. */
  synchronized void begin() {
    if (since == null) {
      since = clock.instant();
    }
  }

  /** It answered. */
  synchronized void end() {
    before = total();
    since = null;
    failures = 0;
  }

  /** A question was given up. */
  synchronized void failed() {
    failures++;
  }

  /** Whether it is not there. */
  synchronized boolean isOn() {
    return since != null;
  }

  /** Whether it counts as gone because of what failed in a row. */
  synchronized boolean isLikely() {
    return failures >= MAX_FAILURES;
  }

  /** How long it has not been there by now; zero where it is there. */
  synchronized Duration lasted() {
    return since == null ? Duration.ZERO : Duration.between(since, clock.instant());
  }

  /** How long it was not there in all. */
  synchronized Duration total() {
    return before.plus(lasted());
  }
}
