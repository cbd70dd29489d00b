package io.github.iaa4j.core;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A language model that could not be reached, refused, or answered what cannot be used. Never holds
 * a key: whoever builds one passes no request header.
 */
public final class LlmException extends IaaException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, which decides what a caller can do about it. */
  public enum Kind {
    /** No connection, or it broke, or it timed out. Trying later may help. */
    UNREACHABLE,
    /** The server answered an HTTP status other than 2xx. */
    STATUS,
    /**
     * The server answered 2xx with something that is no answer of a model: a web page, an error, a
     * body without end. The next question will fare no better, so it ends the run.
     */
    PROTOCOL,
    /** The model answered, and the answer is not what was asked for. Another question may do. */
    UNUSABLE_ANSWER
  }

  private final Kind kind;
  private final int status;
  private final transient @Nullable Duration retryAfter;
  private final @Nullable String rawText;

  /**
   * @param kind what went wrong
   * @param message the endpoint, what happened and what to do; no secrets
   * @param status the HTTP status, or 0 where there was none
   * @param retryAfter how long the server asks to wait, or null
   * @param rawText what the server or the model really answered, or null
   * @param cause the underlying failure, or null
   */
  public LlmException(
      Kind kind,
      String message,
      int status,
      @Nullable Duration retryAfter,
      @Nullable String rawText,
      @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
    this.status = status;
    this.retryAfter = retryAfter;
    this.rawText = rawText;
  }

  /** What went wrong. */
  public Kind kind() {
    return kind;
  }

  /** The HTTP status, or 0 where there was none. */
  public int status() {
    return status;
  }

  /** How long the server asks to wait, or null. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** The body or the model's text as it came, or null. */
  public @Nullable String rawText() {
    return rawText;
  }
}
