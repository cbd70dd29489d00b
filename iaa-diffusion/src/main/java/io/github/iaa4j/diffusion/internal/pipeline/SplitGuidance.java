package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A run of the UNet that another thread may take over. Used again for each step, so that a step
 * makes no objects.
 */
final class SplitGuidance implements Runnable {

  private final UnetBatch batch;
  private final AtomicBoolean isOpen = new AtomicBoolean();
  private final Semaphore done = new Semaphore(0);
  private float time;
  private @Nullable Throwable failure;

  /**
   * @param batch stays the caller's; nobody else's from {@link #offer} until {@link #finish}
   */
  SplitGuidance(UnetBatch batch) {
    this.batch = batch;
  }

  /** Lets a thread that waits begin. */
  void offer(float timestep, IdleThreads helpers) {
    time = timestep;
    failure = null;
    isOpen.set(true);
    helpers.offer(this);
  }

  /** Nobody begins any more; returns when who has begun is done. What it found is left. */
  void abandon() {
    if (!isOpen.compareAndSet(true, false)) {
      done.acquireUninterruptibly();
    }
  }

  /** Begins here if nobody has, and returns when it is done. */
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

  /** Does nothing if somebody began before; then it may be left over from an earlier step. */
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
