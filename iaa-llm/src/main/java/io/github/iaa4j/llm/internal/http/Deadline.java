package io.github.iaa4j.llm.internal.http;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** When a call must be done. Time spent waiting for an unavailable server does not count. */
final class Deadline {

  private final Duration length;
  private final Clock clock;
  private final ServerAbsence absence;
  private final Instant end;
  private final Duration waitedBefore;

  Deadline(Duration length, Clock clock, ServerAbsence absence) {
    this.length = length;
    this.clock = clock;
    this.absence = absence;
    this.end = clock.instant().plus(length);
    this.waitedBefore = absence.waited();
  }

  /** The whole time, as it was configured. */
  Duration length() {
    return length;
  }

  /** The time left; negative once it is over. */
  Duration left() {
    return Duration.between(clock.instant(), end).plus(absence.waited()).minus(waitedBefore);
  }
}
