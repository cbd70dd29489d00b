package io.github.iaa4j.core.error;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * An output that cannot be written or read back: a full disk, missing rights, a damaged journal.
 */
public final class StorageException extends IaaException {

  private static final long serialVersionUID = 1L;

  private final String file;

  /**
   * @param file the file or folder at fault
   * @param problem what happened, what is still intact, and what to do
   * @param cause the underlying failure, or null
   */
  public StorageException(Path file, String problem, @Nullable Throwable cause) {
    super(file + ": " + problem, cause);
    this.file = file.toString();
  }

  /** The file or folder at fault. */
  public Path file() {
    return Path.of(file);
  }
}
