package io.github.iaa4j.llm.internal.http;

import org.jspecify.annotations.Nullable;

/** The server answered 2xx with a body that is not a chat completion. */
final class UnreadableAnswer extends Exception {

  private static final long serialVersionUID = 1L;

  private final boolean misdirected;
  private final boolean error;
  private final int status;
  private final String json;

  /**
   * @param what continues "the answer ", and ends in a semicolon
   * @param misdirected whether it looks as if the base URL leads elsewhere
   */
  UnreadableAnswer(String what, boolean misdirected, @Nullable Throwable cause) {
    this(what, misdirected, false, 0, "", cause);
  }

  private UnreadableAnswer(
      String what,
      boolean misdirected,
      boolean error,
      int status,
      String json,
      @Nullable Throwable cause) {
    super(what, cause);
    this.misdirected = misdirected;
    this.error = error;
    this.status = status;
    this.json = json;
  }

  /**
   * An error in a body of status 2xx.
   *
   * @param status the status that it should have had, or 0 if it does not say
   * @param json the error as received
   */
  static UnreadableAnswer error(String words, int status, String json) {
    return new UnreadableAnswer(words, true, true, status, json, null);
  }

  boolean misdirected() {
    return misdirected;
  }

  boolean error() {
    return error;
  }

  /** A body that contains the error and nothing else. */
  String body() {
    return "{\"error\": " + json + "}";
  }

  /** The status that the error names, or 0. */
  int status() {
    return status;
  }

  String what() {
    return String.valueOf(getMessage());
  }
}
