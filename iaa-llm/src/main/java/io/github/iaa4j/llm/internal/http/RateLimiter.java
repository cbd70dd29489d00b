package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.Sleeper;
import io.github.iaa4j.llm.internal.text.Setting;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What all calls of an endpoint share: tokens a minute, and requests in flight. Thread-safe. */
final class RateLimiter {

  private final @Nullable TokenBudget budget;
  private final Semaphore inFlight;
  private final Sleeper sleeper;
  private final CloseSignal close;
  private final ChatFailures failures;

  RateLimiter(
      ChatOptions.Limits limits,
      Clock clock,
      Sleeper sleeper,
      CloseSignal close,
      ChatFailures failures) {
    Integer perMinute = limits.tokensPerMinute();
    this.budget = perMinute == null ? null : new TokenBudget(perMinute, clock);
    this.inFlight = new Semaphore(limits.maxConcurrent(), true);
    this.sleeper = sleeper;
    this.close = close;
    this.failures = failures;
  }

  /**
   * Takes tokens out of the budget, and waits until they may be used.
   *
   * @throws LlmException if that would be after the deadline
   */
  Reservation reserve(long tokens, Deadline deadline) throws InterruptedException {
    if (budget == null) {
      return new Reservation(tokens);
    }
    Duration wait = budget.reserve(tokens);
    boolean inTime = wait.compareTo(deadline.left()) < 0;
    boolean waited = false;
    try {
      if (inTime && !wait.isZero()) {
        sleeper.sleep(wait);
      }
      waited = inTime;
    } finally {
      if (!waited) {
        budget.settle(tokens, 0);
      }
    }
    if (!inTime) {
      throw failures.limitedPastDeadline(Setting.TOKENS_PER_MINUTE.toString(), deadline.length());
    }
    return new Reservation(tokens);
  }

  /**
   * Waits until another request may be in flight; {@link #release} must follow.
   *
   * @throws LlmException if that would be after the deadline
   * @throws CancelledException if the endpoint is closed meanwhile
   */
  void acquire(Deadline deadline) throws InterruptedException {
    if (!inFlight.tryAcquire(Math.max(0, deadline.left().toMillis()), TimeUnit.MILLISECONDS)) {
      throw failures.limitedPastDeadline(Setting.MAX_CONCURRENT.toString(), deadline.length());
    }
    if (close.isClosed()) {
      inFlight.release();
      throw failures.closed(null);
    }
  }

  void release() {
    inFlight.release();
  }

  /** Wakes those who wait in {@link #acquire}, after the close signal was given. */
  void wakeAll() {
    inFlight.release(inFlight.getQueueLength());
  }

  /** Tokens that are set aside for one attempt until its real cost is known. */
  final class Reservation implements AutoCloseable {

    private final long tokens;
    private long used;

    private Reservation(long tokens) {
      this.tokens = tokens;
    }

    /**
     * The attempt was answered.
     *
     * @param counted what the server says it cost, or 0 if it does not say
     */
    void used(int counted) {
      used = counted == 0 ? tokens : counted;
    }

    /** Puts back what was not used. */
    @Override
    public void close() {
      if (budget != null) {
        budget.settle(tokens, used);
      }
    }
  }
}
