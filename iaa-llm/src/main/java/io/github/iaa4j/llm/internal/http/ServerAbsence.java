package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ServerWait;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * How long a server has been unavailable to every call: from the first call to the first answer,
 * and again from the failures that look like an outage to the next answer. Thread-safe.
 */
final class ServerAbsence {

  /** Consecutive calls that failed, from which on a server counts as gone. */
  private static final int MIN_FAILURES = 3;

  private final String endpoint;
  private final ChatOptions.Unavailability options;
  private final Clock clock;
  private @Nullable Instant since;
  private Duration earlier = Duration.ZERO;
  private int failures;

  ServerAbsence(String endpoint, ChatOptions.Unavailability options, Clock clock) {
    this.endpoint = endpoint;
    this.options = options;
    this.clock = clock;
  }

  /** Whether calls wait for a server that is unavailable. */
  boolean isWaitedFor() {
    return !options.maxWait().isZero();
  }

  /**
   * How long it is waited for at most.
   *
   * @param neverConnected whether nothing has ever listened at the address
   */
  Duration maxWait(boolean neverConnected) {
    return neverConnected ? options.maxWaitToConnect() : options.maxWait();
  }

  /** How long calls have waited for it in all; zero if they do not wait. */
  Duration waited() {
    return isWaitedFor() ? total() : Duration.ZERO;
  }

  /** The server is unavailable; does nothing if that was known already. */
  synchronized void begin() {
    if (since == null) {
      since = clock.instant();
    }
  }

  /** The server answered. */
  synchronized void end() {
    earlier = total();
    since = null;
    failures = 0;
  }

  /** A call was given up. */
  synchronized void failed() {
    failures++;
  }

  /** Whether enough consecutive calls failed for the server to count as gone. */
  synchronized boolean isLikely() {
    return failures >= MIN_FAILURES;
  }

  /** How long the server has been unavailable by now; zero if it is available. */
  synchronized Duration lasted() {
    return since == null ? Duration.ZERO : Duration.between(since, clock.instant());
  }

  /** Reports a wait to the listener, but only while the server is unavailable: others are slow. */
  void report(@Nullable LlmException failure, Duration maxWait) {
    if (isWaitedFor() && isOn()) {
      options.listener().accept(new ServerWait(endpoint, failure, lasted(), maxWait));
    }
  }

  private synchronized boolean isOn() {
    return since != null;
  }

  private synchronized Duration total() {
    return earlier.plus(lasted());
  }
}
