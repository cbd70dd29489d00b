package io.github.iaa4j.core.error;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A language model that could not be reached, refused, or gave an unusable answer. Temporary unless
 * it is built as {@linkplain #permanent() permanent}: a temporary failure costs one slot its scene,
 * a permanent one ends the run. Never holds a key: whoever builds one passes no request header.
 */
public final class LlmException extends IaaException {

  private static final long serialVersionUID = 1L;

  /** What went wrong, which decides what a caller can do about it. */
  public enum Kind {
    /** No connection, or it broke, or it timed out. */
    UNREACHABLE,
    /** The server answered an HTTP status other than 2xx. */
    STATUS,
    /**
     * The server answered 2xx with something that is no answer of a model: a web page, an error, a
     * body without end, no choices.
     */
    PROTOCOL,
    /** The model answered, but not what was asked for. Another question may help. */
    UNUSABLE_ANSWER
  }

  private final Kind kind;
  private final int status;
  private final transient @Nullable Duration retryAfter;
  private final transient @Nullable Map<String, List<String>> headers;
  private final @Nullable String requestId;
  private final @Nullable String rawText;
  private final boolean permanent;
  private final int tokens;

  /**
   * A temporary failure without headers.
   *
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
    this(
        builder(kind, message).status(status).retryAfter(retryAfter).rawText(rawText).cause(cause));
  }

  private LlmException(Builder builder) {
    super(builder.message.toString(), builder.cause);
    this.kind = builder.kind;
    this.status = builder.status;
    this.retryAfter = builder.retryAfter;
    this.headers = builder.headers;
    this.requestId = builder.requestId;
    this.rawText = builder.rawText;
    this.permanent = builder.permanent;
    this.tokens = builder.tokens;
  }

  /**
   * Starts with a temporary failure that has no status, header, request, text or cause.
   *
   * @param kind what went wrong
   * @param message the endpoint, what happened and what to do; no secrets
   */
  public static Builder builder(Kind kind, String message) {
    return new Builder(kind, message);
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

  /**
   * The headers of the answer, by name in lower case, without those that hold secrets; empty where
   * no answer came.
   */
  public Map<String, List<String>> headers() {
    return headers == null ? Map.of() : headers;
  }

  /** What the server calls the request, for its operators to find it by, or null. */
  public @Nullable String requestId() {
    return requestId;
  }

  /**
   * Whether the next question would fail too, so that a run ends instead of going on without the
   * model: the address, the key or the model's name is wrong, nothing listens there, or the quota
   * is spent. False unless set.
   */
  public boolean permanent() {
    return permanent;
  }

  /** The tokens that the failure cost, as far as they are known. */
  public int tokens() {
    return tokens;
  }

  /** Collects what is known of a failure. */
  public static final class Builder {

    private final Kind kind;
    private final StringBuilder message;
    private int status;
    private @Nullable Duration retryAfter;
    private @Nullable Map<String, List<String>> headers;
    private @Nullable String requestId;
    private @Nullable String rawText;
    private boolean permanent;
    private int tokens;
    private @Nullable Throwable cause;

    private Builder(Kind kind, String message) {
      this.kind = kind;
      this.message = new StringBuilder(message);
    }

    /** Adds a sentence to the message. */
    public Builder add(String sentence) {
      message.append(' ').append(sentence);
      return this;
    }

    /** The HTTP status, or 0 where there was none. */
    public Builder status(int status) {
      this.status = status;
      return this;
    }

    /** How long the server asks to wait. */
    public Builder retryAfter(@Nullable Duration wait) {
      this.retryAfter = wait;
      return this;
    }

    /** The headers of the answer, by name in lower case; no secrets. */
    public Builder headers(Map<String, List<String>> headers) {
      this.headers = Map.copyOf(headers);
      return this;
    }

    /** What the server calls the request. */
    public Builder requestId(@Nullable String id) {
      this.requestId = id;
      return this;
    }

    /** What the server or the model really answered; no secrets. */
    public Builder rawText(@Nullable String text) {
      this.rawText = text;
      return this;
    }

    /** Whether the next question would fail too; false unless set. */
    public Builder permanent(boolean permanent) {
      this.permanent = permanent;
      return this;
    }

    /** The tokens that the failure cost. */
    public Builder tokens(int tokens) {
      this.tokens = tokens;
      return this;
    }

    /** The underlying failure. */
    public Builder cause(@Nullable Throwable cause) {
      this.cause = cause;
      return this;
    }

    /** The failure. */
    public LlmException build() {
      return new LlmException(this);
    }
  }
}
