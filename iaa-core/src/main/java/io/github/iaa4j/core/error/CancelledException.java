package io.github.iaa4j.core.error;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An operation was cancelled before it was done: its thread was interrupted, or somebody closed
 * what it belongs to.
 *
 * <p>If the thread was interrupted, its interrupt flag is set when this is thrown. If the cause was
 * a {@code close()} by another thread, the flag is left alone.
 */
public final class CancelledException extends IaaException {

  private static final long serialVersionUID = 1L;

  /**
   * A run was cancelled. What was finished is on disk, and running again resumes from it.
   *
   * @param run the run's folder
   */
  public CancelledException(Path run) {
    super(run + ": the run was cancelled. Start it again with the same folder to resume it.", null);
  }

  /**
   * Another operation was cancelled.
   *
   * @param message what was cancelled, and in which state that leaves things
   * @param cause the interrupt or what else ended the operation, or null
   */
  public CancelledException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
