package io.github.iaa4j.llm.openai;

import io.github.iaa4j.llm.chat.Sleeper;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;

/** A clock that only sleeping moves on, and that remembers how long was slept. */
public final class SteppingClock extends Clock implements Sleeper {

  private final List<Duration> waits = new ArrayList<>();
  private Instant now = Instant.parse("2026-11-22T12:00:00Z");

  @Override
  public synchronized void sleep(Duration duration) {
    waits.add(duration);
    now = now.plus(duration);
  }

  public synchronized List<Duration> waits() {
    return List.copyOf(waits);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  @Override
  public synchronized Instant instant() {
    return now;
  }
}
