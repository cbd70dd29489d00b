package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.internal.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The time that all calls of one refinement have together. Calls run one at a time on a daemon
 * thread, and the one under way when the time is over is interrupted. Time that an agent
 * {@linkplain PromptAgent#waited() waited} for a server that was not available does not count.
 */
final class SlotDeadline implements AutoCloseable {

  /** The time is over. */
  static final class Passed extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private final Duration duration;
  private final LongSupplier nanoTime;
  private final PromptAgent agent;
  private final long begun;
  private final Duration waitedBefore;
  private final ExecutorService thread;

  /**
   * Begins now.
   *
   * @param nanoTime a clock like {@link System#nanoTime}
   * @param agent says how long it waited
   */
  SlotDeadline(Duration duration, LongSupplier nanoTime, PromptAgent agent) {
    this.duration = duration;
    this.nanoTime = nanoTime;
    this.agent = agent;
    begun = nanoTime.getAsLong();
    waitedBefore = agent.waited();
    thread = Executors.newSingleThreadExecutor(DaemonThreads.named("iaa-refinement"));
  }

  /**
   * What a call returns or throws.
   *
   * @throws Passed if the time is over before it does
   * @throws InterruptedException if this thread is interrupted
   */
  <T> T call(Supplier<T> call) throws Passed, InterruptedException {
    Duration waited = agent.waited();
    long left = nanosLeft();
    if (left <= 0) {
      throw new Passed();
    }
    Future<T> answer = thread.submit(call::get);
    try {
      return await(answer, left, waited);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause()); // A Supplier throws nothing else.
    } finally {
      answer.cancel(true);
    }
  }

  private long nanosLeft() {
    long waited = agent.waited().minus(waitedBefore).toNanos();
    return duration.toNanos() - (nanoTime.getAsLong() - begun) + waited;
  }

  private <T> T await(Future<T> answer, long nanos, Duration waitedAtStart)
      throws Passed, ExecutionException, InterruptedException {
    long left = nanos;
    Duration waited = waitedAtStart;
    while (true) {
      try {
        return answer.get(left, TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        Duration now = agent.waited();
        left = now.minus(waited).toNanos();
        waited = now;
        if (left <= 0) {
          throw new Passed();
        }
      }
    }
  }

  /** Interrupts what is under way. */
  @Override
  public void close() {
    thread.shutdownNow();
  }
}
