package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.core.internal.DaemonThreads;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Makes the next batches on a thread of its own while the current one is trained on. The batches
 * are made one after another, so they are the same as without it.
 */
final class Prefetch<T> implements AutoCloseable {

  /** Batches that wait to be trained on. */
  private static final int MAX_WAITING = 2;

  private final Supplier<T> source;
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(DaemonThreads.named("iaa-batches"));
  private final Deque<Future<T>> waiting = new ArrayDeque<>();

  /**
   * @param source called by the other thread only
   */
  Prefetch(Supplier<T> source) {
    this.source = source;
    for (int i = 0; i < MAX_WAITING; i++) {
      waiting.add(thread.submit(source::get));
    }
  }

  /**
   * The next batch. What the source threw is thrown here.
   *
   * @throws InterruptedException if the thread is interrupted while it waits
   */
  T next() throws InterruptedException {
    waiting.add(thread.submit(source::get));
    try {
      return waiting.remove().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (RuntimeException) e.getCause();
    }
  }

  /** Ends the thread, once the batch in progress is made. */
  @Override
  public void close() {
    waiting.forEach(batch -> batch.cancel(false));
    thread.shutdown();
    boolean interrupted = Thread.interrupted();
    boolean ended = false;
    while (!ended) {
      try {
        ended = thread.awaitTermination(1, TimeUnit.HOURS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
