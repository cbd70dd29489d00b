package io.github.iaa4j.core.error;

import java.nio.file.Path;

/** The run was interrupted or closed. What was made is on disk, and running again goes on there. */
public final class CancelledException extends IaaException {

  private static final long serialVersionUID = 1L;

  /**
   * @param message what was cancelled, what became of it, and how to resume it
   */
  public CancelledException(String message) {
    super(message, null);
  }

  /**
   * @param run the run's folder
   */
  public CancelledException(Path run) {
    super(run + ": the run was cancelled. Start it again with the same folder to go on.", null);
  }
}
