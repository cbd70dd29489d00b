package io.github.iaa4j.core;

import java.nio.file.Path;

/** The run was interrupted or closed. What was made is on disk, and running again goes on there. */
public final class RunCancelledException extends IaaException {

  private static final long serialVersionUID = 1L;

  /**
   * @param run the run's folder
   */
  public RunCancelledException(Path run) {
    super(run + ": the run was cancelled. Start it again with the same folder to go on.", null);
  }
}
