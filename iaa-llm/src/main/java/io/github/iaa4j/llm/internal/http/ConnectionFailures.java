package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.internal.text.Setting;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;

/**
 * Describes why no complete reply came from an endpoint.
 *
 * @param endpoint the address, without its query
 * @param proxy what requests go through, as host and port, or empty
 */
record ConnectionFailures(String endpoint, String proxy) {

  /**
   * The timeouts of one attempt.
   *
   * @param last whether {@code call} is what is left of the deadline
   */
  record Timeouts(Duration connect, Duration read, Duration call, boolean last) {}

  /**
   * No complete reply.
   *
   * @param answeredBefore whether the endpoint has given an answer of a model before
   */
  Failure of(NoReplyException e, Secrets secrets, boolean answeredBefore, int attempt) {
    IOException cause = e.cause();
    boolean connected = e.connected();
    boolean timedOut = cause instanceof InterruptedIOException;
    boolean untrusted =
        cause instanceof SSLPeerUnverifiedException
            || cause.getCause() instanceof CertificateException;
    String what =
        timedOut ? timeout(cause, connected, e.timeouts()) : broken(cause, connected, secrets);
    return new Failure(
        LlmException.builder(
                LlmException.Kind.UNREACHABLE,
                endpoint + ": " + what + ChatFailures.after(attempt) + ".")
            .permanent(!connected && !(timedOut && answeredBefore))
            .cause(secrets.redact(cause)),
        !untrusted,
        null,
        isAbsence(cause, connected, answeredBefore),
        !connected && !answeredBefore,
        true,
        false);
  }

  /**
   * Whether the server may be starting, or a gateway gone; one that has answered before has a name
   * and TLS.
   */
  private static boolean isAbsence(IOException e, boolean connected, boolean answeredBefore) {
    boolean isWrong = e instanceof UnknownHostException || e instanceof SSLException;
    return connected ? !answeredBefore : answeredBefore || !isWrong;
  }

  private String timeout(IOException e, boolean connected, Timeouts timeouts) {
    if (e instanceof SocketTimeoutException) {
      return connected
          ? "connected, but nothing arrived within the read timeout of "
              + seconds(timeouts.read())
              + slow(Setting.READ_TIMEOUT.toString())
          : "no connection within the connect timeout of "
              + seconds(timeouts.connect())
              + "; check the address"
              + (proxy.isEmpty() ? "" : ", the proxy " + proxy)
              + " and the network; in a program, connectTimeout may be raised";
    }
    return timeouts.last()
        ? "not done within the last "
            + seconds(timeouts.call())
            + " of the deadline"
            + slow("deadline")
        : "not done within the call timeout of "
            + seconds(timeouts.call())
            + slow(Setting.CALL_TIMEOUT.toString());
  }

  private String broken(IOException e, boolean connected, Secrets secrets) {
    if (connected) {
      return "the connection broke; see the server's log";
    }
    if (e instanceof SSLException) {
      return "no TLS connection ("
          + secrets.redact(String.valueOf(e.getMessage()))
          + "); check https and the host in the base URL, and name the file of certificates that"
          + " Java does not know with "
          + Setting.CA_FILE;
    }
    if (!proxy.isEmpty()) {
      return "cannot connect through the proxy "
          + proxy
          + "; check the proxy that the environment names (or exclude the host with no_proxy) and"
          + " the base URL";
    }
    return e instanceof UnknownHostException
        ? "there is no host of that name; check the base URL and the network"
        : "cannot connect; start the server or check the base URL";
  }

  private static String slow(String limit) {
    return "; a slow model needs a longer " + limit + ", or fewer tokens: " + Setting.MAX_TOKENS;
  }

  private static String seconds(Duration duration) {
    return ChatFailures.seconds(duration);
  }
}
