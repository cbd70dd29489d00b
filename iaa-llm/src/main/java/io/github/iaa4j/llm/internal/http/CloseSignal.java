package io.github.iaa4j.llm.internal.http;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether an endpoint has been closed; closing it wakes those who sleep here. Thread-safe. */
final class CloseSignal {

  private final CountDownLatch closed = new CountDownLatch(1);

  void close() {
    closed.countDown();
  }

  boolean isClosed() {
    return closed.getCount() == 0;
  }

  /** Sleeps, but not beyond the close. */
  @SuppressWarnings("ReturnValueIgnored") // Callers ask isClosed() after any sleep.
  void sleep(Duration duration) throws InterruptedException {
    closed.await(duration.toMillis(), TimeUnit.MILLISECONDS);
  }
}
