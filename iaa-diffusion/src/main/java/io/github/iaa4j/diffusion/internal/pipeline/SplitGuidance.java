package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A run of the UNet that another thread may take over. Reused for each step, so that a step makes
 * no objects.
 */
final class SplitGuidance implements Runnable {

  private final UnetBatch batch;
  private final AtomicBoolean isOpen = new AtomicBoolean();
  private final Semaphore done = new Semaphore(0);
  private float time;
  private @Nullable Throwable failure;

  /**
   * @param batch stays the caller's, who leaves it alone from {@link #offer} to {@link #finish}
   */
  SplitGuidance(UnetBatch batch) {
    this.batch = batch;
  }

  /** Offers the run to an idle thread. */
  void offer(float timestep, IdleThreads idleThreads) {
    time = timestep;
    failure = null;
    isOpen.set(true);
    idleThreads.offer(this);
  }

  /** Withdraws the offer, or waits for the thread that has taken it; its result is dropped. */
  void abandon() {
    if (!isOpen.compareAndSet(true, false)) {
      done.acquireUninterruptibly();
    }
  }

  /** Runs here unless another thread has begun; returns when the run is done. */
  void finish() {
    run();
    done.acquireUninterruptibly();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  /** Does nothing if another thread has begun, or if this is left over from an earlier step. */
  @Override
  public void run() {
    if (!isOpen.compareAndSet(true, false)) {
      return;
    }
    try {
      batch.run(time);
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      done.release();
    }
  }
}
