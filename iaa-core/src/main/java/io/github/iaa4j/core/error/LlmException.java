package io.github.iaa4j.core.error;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A language model could not be reached, its server refused, or its answer is not usable.
 *
 * <p>It is temporary unless it is built as {@linkplain Builder#permanent permanent}. While prompts
 * are written, a temporary failure costs one prompt: the rules write and judge it, and the run
 * continues. A permanent failure ends the run. So does any failure while images are judged, because
 * an image must not be rejected for a server that was away; the run can be resumed. An adapter that
 * cannot tell leaves its failures temporary.
 *
 * <p>Never holds a key: whoever builds one passes no request header.
 */
public final class LlmException extends IaaException {

  private static final long serialVersionUID = 1L;

  /** What went wrong. */
  public enum Kind {
    /** No connection, or it broke, or it timed out. */
    UNREACHABLE,
    /** The server answered with an HTTP status other than 2xx. */
    STATUS,
    /**
     * The server answered 2xx with something that is not an answer of a model: a web page, an
     * error, a body that does not end, no choices.
     */
    PROTOCOL,
    /** The model answered, but not what was asked for. Another request may succeed at once. */
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
   * A builder of a temporary failure without status, headers, request id, raw text or cause.
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

  /** The HTTP status, or 0 if there was none. */
  public int status() {
    return status;
  }

  /** How long the server asks to wait, or null if it does not say. */
  public @Nullable Duration retryAfter() {
    return retryAfter;
  }

  /** The body or the model's text as received, or null. */
  public @Nullable String rawText() {
    return rawText;
  }

  /**
   * The headers of the reply, by name in lower case, without those that hold secrets; empty if
   * there was no reply.
   */
  public Map<String, List<String>> headers() {
    return headers == null ? Map.of() : headers;
  }

  /** The server's id of the request, by which its operators can find it, or null. */
  public @Nullable String requestId() {
    return requestId;
  }

  /**
   * Whether the next request would fail as well, so that a run ends instead of continuing without
   * the model: the address, the key or the model's name is wrong, nothing listens, or a quota is
   * exhausted.
   */
  public boolean permanent() {
    return permanent;
  }

  /** The tokens that were spent nevertheless, as far as they are known. */
  public int tokens() {
    return tokens;
  }

  /** Builds a failure. Not safe for use by several threads. */
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
      this.kind = Objects.requireNonNull(kind, "kind");
      this.message = new StringBuilder(Objects.requireNonNull(message, "message"));
    }

    /** Adds a sentence to the message. */
    public Builder add(String sentence) {
      message.append(' ').append(sentence);
      return this;
    }

    /** The HTTP status. Defaults to 0, which is none. */
    public Builder status(int status) {
      this.status = status;
      return this;
    }

    /** How long the server asks to wait. Defaults to null. */
    public Builder retryAfter(@Nullable Duration wait) {
      this.retryAfter = wait;
      return this;
    }

    /** The headers of the reply, by name in lower case; no secrets. Defaults to none. */
    public Builder headers(Map<String, List<String>> headers) {
      this.headers = Map.copyOf(headers);
      return this;
    }

    /** The server's id of the request. Defaults to null. */
    public Builder requestId(@Nullable String id) {
      this.requestId = id;
      return this;
    }

    /** The body or the model's text as received; no secrets. Defaults to null. */
    public Builder rawText(@Nullable String text) {
      this.rawText = text;
      return this;
    }

    /** Whether the next request would fail as well. Defaults to false. */
    public Builder permanent(boolean permanent) {
      this.permanent = permanent;
      return this;
    }

    /**
     * The tokens that were spent nevertheless. Defaults to 0.
     *
     * @param tokens 0 or more
     */
    public Builder tokens(int tokens) {
      this.tokens = tokens;
      return this;
    }

    /** The underlying failure. Defaults to null. */
    public Builder cause(@Nullable Throwable cause) {
      this.cause = cause;
      return this;
    }

    /** Builds the failure. */
    public LlmException build() {
      return new LlmException(this);
    }
  }
}
