package io.github.iaa4j.llm.internal.http;

import java.io.IOException;

/** A request was sent, or could not be sent, and no complete reply came. */
final class NoReplyException extends Exception {

  private static final long serialVersionUID = 1L;

  private final IOException cause;
  private final boolean connected;
  private final transient ConnectionFailures.Timeouts timeouts;

  /**
   * @param connected whether the request had a connection
   * @param timeouts of the attempt
   */
  NoReplyException(IOException cause, boolean connected, ConnectionFailures.Timeouts timeouts) {
    super(cause);
    this.cause = cause;
    this.connected = connected;
    this.timeouts = timeouts;
  }

  IOException cause() {
    return cause;
  }

  boolean connected() {
    return connected;
  }

  ConnectionFailures.Timeouts timeouts() {
    return timeouts;
  }
}
