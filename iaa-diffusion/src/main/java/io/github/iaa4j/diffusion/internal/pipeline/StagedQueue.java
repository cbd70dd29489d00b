package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The queue between the threads that generate. The steps are divided into stages at the previews;
 * tasks that survive a preview are parked until they fill a batch of the next stage. Full batches
 * of late stages go first, so that little is parked; what cannot fill a batch any more runs as it
 * is.
 *
 * <p>With S stages, T threads and batches of B, no more than {@code (S - 1) * (B - 1) + T * B}
 * tasks are under way at any time, however many jobs there are: a thread begins jobs only while
 * every stage has less than a batch parked, and holds one batch itself.
 *
 * <p>Safe for use by several threads.
 *
 * @param <T> a job under way
 */
public final class StagedQueue<T> implements IdleThreads {

  /**
   * Tasks at the start of the same stage.
   *
   * @param stage from 0
   * @param tasks at least one
   */
  public record Batch<T>(int stage, List<T> tasks) {}

  private final JobSource source;
  private final Function<GenerationJob, T> begin;
  private final int batchSize;
  private final List<Deque<T>> parked = new ArrayList<>();
  private long liveRows;
  private long fullRows;
  private final Deque<Runnable> offered = new ArrayDeque<>();
  private int idle;
  private int running;
  private int asking;
  private long finished;
  private boolean over;
  private boolean stopped;
  private @Nullable Throwable failure;

  /**
   * @param source of the jobs
   * @param begin turns a job into a task; called on the thread that calls {@link #next}
   * @param stages how many
   * @param batchSize tasks in a full batch
   */
  public StagedQueue(
      JobSource source, Function<GenerationJob, T> begin, int stages, int batchSize) {
    this.source = source;
    this.begin = begin;
    this.batchSize = batchSize;
    for (int stage = 0; stage < stages; stage++) {
      parked.add(new ArrayDeque<>());
    }
  }

  /**
   * The next work for the calling thread; waits while other threads have work under way that may
   * lead to more, and computes for them meanwhile.
   *
   * @return null when there is nothing more to do
   */
  public @Nullable Batch<T> next() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException();
    }
    while (true) {
      long seen;
      int wanted;
      synchronized (this) {
        Batch<T> full = over ? null : take(batchSize);
        if (over || full != null) {
          return full;
        }
        seen = finished;
        wanted = batchSize - parked.get(0).size();
        asking++;
      }
      // The source is somebody else's code and may take locks: it is asked outside of ours.
      List<T> begun = new ArrayList<>(wanted);
      try {
        GenerationJob job;
        while (begun.size() < wanted && (job = source.poll()) != null) {
          begun.add(begin.apply(job));
        }
      } finally {
        synchronized (this) {
          asking--;
          parked.get(0).addAll(begun);
        }
      }
      synchronized (this) {
        Batch<T> any = over ? null : take(batchSize);
        any = over || any != null ? any : take(1);
        if (over || any != null) {
          return any;
        }
        if (running == 0 && asking == 0 && finished == seen) {
          over = true;
          notifyAll();
          return null;
        }
      }
      waitForWork(seen);
    }
  }

  /** Waits until something was finished that may lead to work; computes for others meanwhile. */
  private void waitForWork(long seen) throws InterruptedException {
    while (true) {
      Runnable help;
      synchronized (this) {
        while (offered.isEmpty() && mayLeadToWork(seen)) {
          idle++;
          try {
            wait();
          } finally {
            idle--;
          }
        }
        help = offered.poll();
        if (help == null) {
          return;
        }
      }
      help.run();
    }
  }

  private boolean mayLeadToWork(long seen) {
    return !over && finished == seen && (running > 0 || asking > 0);
  }

  /** Reports that a batch is through its stage, and which of its tasks go on. */
  public synchronized void finish(Batch<T> batch, List<T> survivors) {
    running--;
    finished++;
    if (!survivors.isEmpty()) {
      parked.get(batch.stage() + 1).addAll(survivors);
    }
    notifyAll();
  }

  @Override
  public synchronized boolean areIdle() {
    return idle > 0;
  }

  @Override
  public synchronized void offer(Runnable task) {
    offered.remove(task); // Left over where no thread took it at the last step.
    offered.add(task);
    notifyAll();
  }

  /**
   * Counts what a batch cost.
   *
   * @param rows of the UNet for each of its tasks
   */
  public synchronized void count(Batch<T> batch, int rows) {
    liveRows += (long) batch.tasks().size() * rows;
    fullRows += (long) batchSize * rows;
  }

  /** How full the batches have been that were counted. */
  public synchronized Occupancy occupancy() {
    return new Occupancy(liveRows, fullRows);
  }

  /** Ends all work: {@link #next} returns null, and {@link #isStopped} true. */
  public synchronized void stop() {
    stopped |= !over;
    over = true;
    notifyAll();
  }

  /** Ends all work because of a failure; the first one is kept. */
  public synchronized void fail(Throwable cause) {
    if (failure == null) {
      failure = cause;
    }
    stop();
  }

  /** Whether work under way is to stop. */
  public synchronized boolean isStopped() {
    return stopped;
  }

  /** What ended the work, or null. */
  public synchronized @Nullable Throwable failure() {
    return failure;
  }

  private @Nullable Batch<T> take(int atLeast) {
    for (int stage = parked.size() - 1; stage >= 0; stage--) {
      Deque<T> waiting = parked.get(stage);
      if (waiting.size() >= atLeast) {
        List<T> tasks = new ArrayList<>(batchSize);
        while (tasks.size() < batchSize && !waiting.isEmpty()) {
          tasks.add(waiting.removeFirst());
        }
        running++;
        return new Batch<>(stage, tasks);
      }
    }
    return null;
  }
}
