package io.github.iaa4j.onnx.internal;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.github.iaa4j.core.error.ModelException;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The owner of a native session that any number of threads run and any of them may close: native
 * memory is released when it is closed and no run is under way.
 */
final class SharedSession implements AutoCloseable {

  private static final AtomicInteger OPEN = new AtomicInteger();

  private final Path file;
  private final OrtSession session;

  /** Runs under way, and one more until it is closed. */
  private int users = 1;

  private boolean closed;

  /**
   * @param file the name of the model in messages
   * @param session closed by this from now on
   */
  SharedSession(Path file, OrtSession session) {
    this.file = file;
    this.session = session;
    OPEN.incrementAndGet();
  }

  /** How many sessions hold native memory. */
  static int open() {
    return OPEN.get();
  }

  /**
   * Begins a run, which {@link #leave()} ends.
   *
   * @throws IllegalStateException if this is closed
   */
  synchronized OrtSession enter() {
    if (closed) {
      throw new IllegalStateException(file + " is closed");
    }
    users++;
    return session;
  }

  /** Ends a run. */
  void leave() {
    synchronized (this) {
      users--;
      if (users > 0) {
        return;
      }
    }
    OPEN.decrementAndGet();
    try {
      session.close();
    } catch (OrtException e) {
      throw new ModelException(file, null, "the session cannot be closed: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
    }
    leave();
  }
}
