package io.github.iaa4j.core;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.IaaException;
import io.github.iaa4j.core.internal.FolderLock;
import java.nio.channels.ClosedByInterruptException;
import org.jspecify.annotations.Nullable;

/**
 * What an agent does with a run's folder, one operation at a time. An operation is cancelled by an
 * interrupt of its thread or by {@link #close()}; either way it ends with a {@link
 * CancelledException}, and the interrupt flag is left set only where somebody else interrupted.
 */
final class RunSession implements AutoCloseable {

  private final RunFolder folder;

  // Guarded by this.
  private @Nullable Thread running;
  private boolean isClosed;
  private boolean isInterruptedByOthers;

  RunSession(RunFolder folder) {
    this.folder = folder;
  }

  /**
   * What is done with the folder.
   *
   * @param <R> its result
   */
  interface Operation<R> {
    R run() throws InterruptedException;
  }

  /**
   * Runs an operation with the folder locked against other processes and other threads.
   *
   * @param name of the operation, such as {@code writing prompts}
   * @throws IllegalStateException if the session is closed, or another operation is under way
   * @throws CancelledException if the thread was interrupted or the session closed meanwhile
   */
  @SuppressWarnings("try") // Nothing is asked of the lock but to be held.
  <R> R run(String name, Operation<R> operation) {
    begin();
    boolean isInterrupted = false;
    try (FolderLock lock = folder.lock()) {
      return operation.run();
    } catch (InterruptedException e) {
      isInterrupted = true; // The flag was cleared when this was thrown.
      throw cancelled(name, e);
    } catch (IaaException e) {
      // An interrupted thread cannot read a file: what looks like a broken disk was the interrupt.
      if (e instanceof CancelledException || e.getCause() instanceof ClosedByInterruptException) {
        throw cancelled(name, e);
      }
      throw e;
    } finally {
      end(isInterrupted);
    }
  }

  private synchronized void begin() {
    if (isClosed) {
      throw new IllegalStateException(folder.path() + ": this agent is closed");
    }
    if (running != null) {
      throw new IllegalStateException(
          folder.path()
              + ": this agent is at work already, in the thread "
              + running.getName()
              + ". Wait for it, or use another agent for another folder.");
    }
    running = Thread.currentThread();
  }

  private CancelledException cancelled(String name, Exception cause) {
    return new CancelledException(
        folder.path()
            + ": "
            + name
            + " was cancelled. What was finished is on disk; start it again with the same folder to"
            + " resume.",
        cause);
  }

  /**
   * Leaves the interrupt flag as the caller is to find it.
   *
   * @param isInterrupted whether an interrupt was taken, and its flag cleared with it
   */
  private synchronized void end(boolean isInterrupted) {
    running = null;
    boolean isFlagged = Thread.interrupted();
    // close() interrupts once. An interrupt that was taken and one that still stands are two, so
    // that one of them was somebody else's.
    boolean isByOthers =
        isClosed
            ? isInterruptedByOthers || (isInterrupted && isFlagged)
            : isInterrupted || isFlagged;
    if (isByOthers) {
      Thread.currentThread().interrupt();
    }
  }

  /** Cancels the operation that is under way in another thread. May be called twice. */
  @Override
  public synchronized void close() {
    if (!isClosed) {
      isClosed = true;
      if (running != null) {
        isInterruptedByOthers = running.isInterrupted();
        running.interrupt();
      }
    }
  }
}
