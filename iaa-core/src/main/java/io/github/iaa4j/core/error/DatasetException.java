package io.github.iaa4j.core.error;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A data set on disk that cannot be read: a missing, truncated, hostile or inconsistent file. */
public final class DatasetException extends IaaException {

  private static final long serialVersionUID = 1L;

  private final String file;
  private final @Nullable String field;
  private final String problem;

  /**
   * @param file the file at fault
   * @param field the line, element or key in it, or null where the whole file is at fault
   * @param problem what is wrong, what was expected, and what to do, as sentences
   * @param cause the underlying failure, or null
   */
  public DatasetException(
      Path file, @Nullable String field, String problem, @Nullable Throwable cause) {
    super(file + (field == null ? "" : " (" + field + ")") + ": " + problem, cause);
    this.file = file.toString();
    this.field = field;
    this.problem = problem;
  }

  /** The file at fault. */
  public Path file() {
    return Path.of(file);
  }

  /** The line, element or key at fault, or null where the whole file is. */
  public @Nullable String field() {
    return field;
  }

  /** What is wrong and what to do, without file and field. */
  public String problem() {
    return problem;
  }
}
