package io.github.iaa4j.core.error;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A model folder or file that cannot be used: a missing file, an unknown class in a config, a
 * tensor whose name or shape is not the expected one, an outside program that fails.
 */
public final class ModelException extends IaaException {

  private static final long serialVersionUID = 1L;

  private final String file;
  private final @Nullable String field;

  /**
   * @param file the file or folder at fault
   * @param field the config key or tensor name at fault, or null
   * @param problem what was found, what was expected (names and shapes) and what to do
   * @param cause the underlying failure, or null
   */
  public ModelException(
      Path file, @Nullable String field, String problem, @Nullable Throwable cause) {
    super(file + (field == null ? "" : " (" + field + ")") + ": " + problem, cause);
    this.file = file.toString();
    this.field = field;
  }

  /** The file or folder at fault. */
  public Path file() {
    return Path.of(file);
  }

  /** The config key or tensor name at fault, or null. */
  public @Nullable String field() {
    return field;
  }
}
