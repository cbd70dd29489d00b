package io.github.iaa4j.core.error;

import org.jspecify.annotations.Nullable;

/**
 * The root of everything that iaa4j throws at its users.
 *
 * <p>The tree is sealed, so a {@code switch} over it can be complete, and unchecked, so it passes
 * through streams and executors. What a program may want to act on is in fields; the message is for
 * the person who must fix the cause: it names the file or field, what was expected and what to do.
 */
public abstract sealed class IaaException extends RuntimeException
    permits ConfigurationException,
        DatasetException,
        LlmException,
        ModelException,
        GenerationException,
        CancelledException,
        StorageException {

  private static final long serialVersionUID = 1L;

  IaaException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
