package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.internal.text.Setting;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Says what went wrong with an endpoint, what to do about it, whether another try may help, and
 * whether the next question would fail the same way.
 *
 * @param endpoint the address, without its query
 * @param model the model's name
 * @param proxy what it is asked through, or empty
 */
public record ChatFailures(String endpoint, String model, String proxy) {

  private static final Set<Integer> PASSING = Set.of(408, 409, 425, 429);

  /** A limit, or a gateway without the server behind it: Cloudflare's 52x and 530 among them. */
  private static final Set<Integer> ABSENT =
      Set.of(429, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530);

  /** Which may tell of the address or the account, and not of one question. */
  private static final Set<Integer> LASTING =
      Set.of(301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407, 410);

  private static final Pattern LOADING =
      Pattern.compile(
          "\\b(?:(?:is |still |currently )?(?:loading|starting|warming)|not (?:yet )?(?:ready|loaded)"
              + "|being loaded|initiali[sz]ing|cold start)",
          Pattern.CASE_INSENSITIVE);

  /** The same with a status of any kind, where "not loaded" may be the fault of the request. */
  private static final Pattern STILL_LOADING =
      Pattern.compile(
          "\\b(?:(?:is|are|still|currently|being) (?:still |currently |being )?"
              + "(?:loading|loaded|starting|warming|initiali[sz]ing)|loading model|warming up"
              + "|not yet (?:ready|loaded)|not ready|cold start|estimated_time)\\b",
          Pattern.CASE_INSENSITIVE);

  private static final int LONGEST_EXCERPT = 300;
  private static final List<String> REQUEST_IDS =
      List.of(
          "x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid");

  /**
   * A failure.
   *
   * @param builder the exception, which may be added to
   * @param passing whether it may pass by itself
   * @param retryAfter how long the server asks to wait, or null
   * @param absent whether the server is not there, or not yet, rather than unable to answer
   * @param unheard whether nobody listens where nobody ever did
   * @param ofServer whether the server failed, rather than finding fault with the request
   * @param lasting whether the address or the right to use it may be lost for every question
   */
  record Failure(
      LlmException.Builder builder,
      boolean passing,
      @Nullable Duration retryAfter,
      boolean absent,
      boolean unheard,
      boolean ofServer,
      boolean lasting) {}

  /** Which bounds a try was made under. */
  record Bounds(
      Duration connect, Duration read, Duration call, boolean lastCall, @Nullable Duration first) {}

  /**
   * A status other than 2xx.
   *
   * @param retryAfter how long the server asks to wait, or null
   * @param proven whether the endpoint has given an answer of a model before
   */
  Failure refused(
      ChatExchange.Reply reply,
      @Nullable Duration retryAfter,
      Secrets secrets,
      boolean keyed,
      boolean proven,
      int attempt) {
    int status = reply.status();
    boolean spent = ChatCompletion.spent(status, reply.text());
    String remedy =
        switch (status) {
          case 400, 422 -> "The server does not accept the request";
          case 401, 403 -> denied(reply.headers(), keyed);
          case 402 -> "The money is spent; see the account";
          case 404 -> "Check the base URL (it mostly ends in /v1) and the model's name " + model;
          case 407 ->
              "The proxy "
                  + (proxy.isEmpty() ? "" : proxy + " ")
                  + "wants a user name and a password; give them in the proxy's address";
          case 429 ->
              spent
                  ? "The quota is used up; see the account"
                  : "Too many requests, or the quota is used up; fewer at once may do: "
                      + Setting.MAX_CONCURRENT;
          default ->
              status >= 300 && status < 400
                  ? "It redirects to "
                      + plain(reply.headers().get("Location"), secrets)
                      + ", which is not followed because of the key; set the base URL to where it"
                      + " leads"
                  : "The server failed";
        };
    boolean passing = !spent && (PASSING.contains(status) || status >= 500);
    String wish = reply.headers().get("x-should-retry");
    if (wish != null && !spent) {
      passing = wish.equals("true") || (passing && !wish.equals("false"));
    }
    boolean loading = !proven && isLoading(reply.text());
    boolean permanent =
        spent || status == 401 || (!proven && !PASSING.contains(status) && status < 500);
    return new Failure(
        of(
                Kind.STATUS,
                "HTTP "
                    + status
                    + after(attempt)
                    + ". "
                    + remedy
                    + ". It said: "
                    + excerpt(ChatCompletion.complaint(reply.text()), secrets),
                reply,
                secrets)
            .retryAfter(retryAfter)
            .permanent(permanent && !loading),
        passing || loading,
        retryAfter,
        loading || (passing && (ABSENT.contains(status) || loads(reply.text()))),
        false,
        status >= 500 || status == 429 || status == 408 || loading,
        LASTING.contains(status));
  }

  private String denied(Headers headers, boolean keyed) {
    if (!proxy.isEmpty() && isFromProxy(headers)) {
      return "The proxy "
          + proxy
          + " refuses; check what it allows, or except the host with no_proxy";
    }
    return (keyed
            ? "The API key was not accepted; check it, and that it may use " + model
            : "No API key was sent; give one with " + Setting.API_KEY)
        + (proxy.isEmpty() ? "" : ". It may be the proxy " + proxy + " that refuses");
  }

  /** Whether a body says that the model is being loaded, whatever its status. */
  static boolean isLoading(String body) {
    return STILL_LOADING.matcher(body.length() > 2_000 ? body.substring(0, 2_000) : body).find();
  }

  /** Whether a proxy says that it answered by itself. */
  private static boolean isFromProxy(Headers headers) {
    return headers.get("Proxy-Authenticate") != null
        || headers.get("X-Squid-Error") != null
        || headers.get("Proxy-Status") != null;
  }

  private static boolean loads(String body) {
    return LOADING.matcher(body.length() > 2_000 ? body.substring(0, 2_000) : body).find();
  }

  /** A status of 2xx with a body that is no answer. */
  Failure unreadable(
      ChatExchange.Reply reply, ChatCompletion.Unreadable why, Secrets secrets, boolean proven) {
    String message =
        why.error()
            ? "the server answered an error with HTTP "
                + reply.status()
                + ": "
                + excerpt(why.what(), secrets).replaceFirst("[.]+$", "")
                + ". Check the model's name "
                + model
                + ", that the base URL is whole (it mostly ends in /v1), and the server's log."
            : no(secrets.free(why.what()), reply, secrets);
    Throwable cause = why.getCause();
    return new Failure(
        of(Kind.PROTOCOL, message, reply, secrets)
            .permanent(why.misdirected() && !proven)
            .cause(cause == null ? null : secrets.free(cause)),
        false,
        null,
        false,
        false,
        true,
        false);
  }

  /** A body past the bound. */
  Failure tooLong(ChatExchange.Reply reply, int maxBytes, Secrets secrets) {
    return new Failure(
        of(
                Kind.PROTOCOL,
                no("is longer than " + maxBytes + " bytes; ", reply, secrets),
                reply,
                secrets)
            .permanent(false),
        false,
        null,
        false,
        false,
        true,
        false);
  }

  private String no(String what, ChatExchange.Reply reply, Secrets secrets) {
    return "the answer "
        + what
        + "check that the base URL leads to an OpenAI-compatible interface (it mostly ends in"
        + " /v1). It begins: "
        + excerpt(reply.text(), secrets);
  }

  /** No whole answer. */
  Failure unreachable(
      IOException e,
      boolean connected,
      Bounds bounds,
      Secrets secrets,
      boolean proven,
      int attempt) {
    String what;
    boolean late = e instanceof ChatExchange.NoFirstToken;
    boolean timeout = late || e instanceof InterruptedIOException;
    boolean distrusted =
        e instanceof SSLPeerUnverifiedException || e.getCause() instanceof CertificateException;
    if (e instanceof SSLException && !connected) {
      what =
          "no TLS connection ("
              + secrets.free(String.valueOf(e.getMessage()))
              + "); check https and the host in the base URL, and name the file of certificates that"
              + " Java does not know with "
              + Setting.CA_FILE;
    } else if (late && !connected) {
      what =
          "no connection within the first-token timeout of "
              + seconds(bounds.first)
              + "; check the address, or raise firstTokenTimeout";
    } else if (late) {
      what =
          "no token within the first-token timeout of "
              + seconds(bounds.first)
              + "; a model that reads long prompts slowly needs a longer firstTokenTimeout";
    } else if (e instanceof SocketTimeoutException && !connected) {
      what =
          "no connection within the connect timeout of "
              + seconds(bounds.connect)
              + "; check the address"
              + (proxy.isEmpty() ? "" : ", the proxy " + proxy)
              + " and the network; in a program, connectTimeout may be raised";
    } else if (e instanceof SocketTimeoutException) {
      what =
          "connected, but nothing came within the read timeout of "
              + seconds(bounds.read)
              + slow(Setting.READ_TIMEOUT.toString());
    } else if (timeout && bounds.lastCall) {
      what =
          "not done within the last "
              + seconds(bounds.call)
              + " of the deadline"
              + slow("deadline");
    } else if (timeout) {
      what =
          "not done within the call timeout of "
              + seconds(bounds.call)
              + slow(Setting.CALL_TIMEOUT.toString());
    } else if (e instanceof UnknownHostException && proxy.isEmpty()) {
      what = "there is no host of that name; check the base URL and the network";
    } else if (!connected) {
      what =
          proxy.isEmpty()
              ? "cannot connect; start the server or check the base URL"
              : "cannot connect through the proxy "
                  + proxy
                  + "; check the proxy that the environment names (or except the host with"
                  + " no_proxy) and the base URL";
    } else {
      what = "the connection broke; see the server's log";
    }
    return new Failure(
        LlmException.builder(Kind.UNREACHABLE, endpoint + ": " + what + after(attempt) + ".")
            .permanent(!connected && !(timeout && proven))
            .cause(secrets.free(e)),
        !distrusted,
        null,
        isAbsence(e, connected, proven),
        !connected && !proven,
        true,
        false);
  }

  /** Whether the server may be starting, or a gateway gone; a proven one has a name and TLS. */
  private static boolean isAbsence(IOException e, boolean connected, boolean proven) {
    boolean isWrong = e instanceof UnknownHostException || e instanceof SSLException;
    return connected ? !proven : proven || !isWrong;
  }

  private static String slow(String bound) {
    return "; a slow model needs a longer " + bound + ", or fewer tokens: " + Setting.MAX_TOKENS;
  }

  /** Waiting for a turn would take longer than the deadline. */
  LlmException noTurn(String limit, Duration deadline) {
    return LlmException.builder(
            Kind.UNREACHABLE,
            endpoint
                + ": the turn that "
                + limit
                + " gives comes after the deadline of "
                + seconds(deadline)
                + "; raise one of them, or ask less at once.")
        .permanent(false)
        .build();
  }

  /** The caller gave up. */
  LlmException ended(String what, @Nullable Throwable cause) {
    return LlmException.builder(
            Kind.UNREACHABLE, endpoint + ": " + what + " while it waited for the answer.")
        .permanent(true)
        .cause(cause)
        .build();
  }

  private LlmException.Builder of(
      Kind kind, String message, ChatExchange.Reply reply, Secrets secrets) {
    String id = requestId(reply.headers(), secrets);
    LlmException.Builder builder =
        LlmException.builder(kind, endpoint + ": " + message)
            .permanent(kind != Kind.UNUSABLE_ANSWER)
            .status(reply.status())
            .headers(secrets.free(reply.headers()))
            .requestId(id)
            .rawText(secrets.free(reply.text()));
    return id == null ? builder : builder.add("(request " + id + ")");
  }

  private static @Nullable String requestId(Headers headers, Secrets secrets) {
    return REQUEST_IDS.stream()
        .map(headers::get)
        .filter(id -> id != null && !id.isBlank())
        .findFirst()
        .map(secrets::free)
        .orElse(null);
  }

  static String excerpt(String text, Secrets secrets) {
    // Freed first, so that no secret is cut in two; a long body is no reason to read it all.
    String begin = text.length() > 20_000 ? text.substring(0, 20_000) : text;
    String line = secrets.free(begin).strip().replaceAll("\\s+", " ");
    return line.isEmpty()
        ? "(nothing)"
        : line.length() <= LONGEST_EXCERPT ? line : line.substring(0, LONGEST_EXCERPT) + " …";
  }

  static String seconds(@Nullable Duration duration) {
    long millis = duration == null ? 0 : duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  private static String after(int attempt) {
    return attempt == 1 ? "" : " (attempt " + attempt + ")";
  }

  private static String plain(@Nullable String location, Secrets secrets) {
    if (location == null) {
      return "nowhere";
    }
    int query = location.indexOf('?');
    return secrets.free(query < 0 ? location : location.substring(0, query));
  }
}
