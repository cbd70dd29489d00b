package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.error.LlmException.Kind;
import io.github.iaa4j.llm.internal.text.Setting;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import okhttp3.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Describes what went wrong with the replies of an endpoint, what to do about it, whether another
 * attempt may help, and whether the next request would fail the same way.
 *
 * @param endpoint the address, without its query
 * @param model the model's name
 * @param proxy what requests go through, as host and port, or empty
 */
record ChatFailures(String endpoint, String model, String proxy) {

  private static final Set<Integer> RETRYABLE = Set.of(408, 409, 425, 429);

  /** A limit, or a gateway without the server behind it: Cloudflare's 52x and 530 among them. */
  private static final Set<Integer> ABSENT =
      Set.of(429, 502, 503, 504, 520, 521, 522, 523, 524, 529, 530);

  /** What may concern the address or the account, rather than one request. */
  private static final Set<Integer> ADDRESS_LOST =
      Set.of(301, 302, 303, 307, 308, 401, 402, 403, 404, 405, 407, 410);

  private static final int MAX_EXCERPT = 300;
  private static final List<String> REQUEST_IDS =
      List.of(
          "x-request-id", "request-id", "apim-request-id", "x-ms-request-id", "x-amzn-requestid");

  /**
   * A status other than 2xx.
   *
   * @param retryAfter how long the server asks to wait, or null
   * @param keyed whether a key was sent
   * @param answeredBefore whether the endpoint has given an answer of a model before
   */
  Failure status(
      ChatExchange.Reply reply,
      @Nullable Duration retryAfter,
      Secrets secrets,
      boolean keyed,
      boolean answeredBefore,
      int attempt) {
    int status = reply.status();
    boolean exhausted = ErrorBody.isQuotaExhausted(status, reply.text());
    boolean retryable = !exhausted && (RETRYABLE.contains(status) || status >= 500);
    String wish = reply.headers().get("x-should-retry");
    if (wish != null && !exhausted) {
      retryable = wish.equals("true") || (retryable && !wish.equals("false"));
    }
    boolean loading = !answeredBefore && ErrorBody.isLoading(reply.text(), true);
    boolean permanent =
        exhausted
            || status == 401
            || (!answeredBefore && !RETRYABLE.contains(status) && status < 500);
    String message =
        "HTTP "
            + status
            + after(attempt)
            + ". "
            + remedy(reply, keyed, exhausted, secrets)
            + ". It said: "
            + excerpt(ErrorBody.summary(reply.text()), secrets);
    return new Failure(
        of(Kind.STATUS, message, reply, secrets)
            .retryAfter(retryAfter)
            .permanent(permanent && !loading),
        retryable || loading,
        retryAfter,
        loading
            || (retryable && (ABSENT.contains(status) || ErrorBody.isLoading(reply.text(), false))),
        false,
        status >= 500 || status == 429 || status == 408 || loading,
        ADDRESS_LOST.contains(status));
  }

  private String remedy(
      ChatExchange.Reply reply, boolean keyed, boolean exhausted, Secrets secrets) {
    int status = reply.status();
    if (status >= 300 && status < 400) {
      return "It redirects to "
          + plain(reply.headers().get("Location"), secrets)
          + ", which is not followed because of the key; set the base URL to where it leads";
    }
    return switch (status) {
      case 400, 422 -> "The server does not accept the request";
      case 401, 403 -> denied(reply.headers(), keyed);
      case 402 -> "The credit is used up; see the account";
      case 404 -> "Check the base URL (it usually ends in /v1) and the model's name " + model;
      case 407 ->
          "The proxy "
              + (proxy.isEmpty() ? "" : proxy + " ")
              + "requires a user name and a password; give them in the proxy's address";
      case 429 ->
          exhausted
              ? "The quota is used up; see the account"
              : "Too many requests, or the quota is used up; fewer at once may help: "
                  + Setting.MAX_CONCURRENT;
      default -> "The server failed";
    };
  }

  private String denied(Headers headers, boolean keyed) {
    if (!proxy.isEmpty() && isFromProxy(headers)) {
      return "The proxy "
          + proxy
          + " refuses; check what it allows, or exclude the host with no_proxy";
    }
    return (keyed
            ? "The API key was not accepted; check it, and that it may use " + model
            : "No API key was sent; give one with " + Setting.API_KEY)
        + (proxy.isEmpty() ? "" : ". It may be the proxy " + proxy + " that refuses");
  }

  /** Whether a proxy says that the reply is its own. */
  private static boolean isFromProxy(Headers headers) {
    return headers.get("Proxy-Authenticate") != null
        || headers.get("X-Squid-Error") != null
        || headers.get("Proxy-Status") != null;
  }

  /** A status of 2xx with a body that is not an answer. */
  Failure unreadable(
      ChatExchange.Reply reply, UnreadableAnswer why, Secrets secrets, boolean answeredBefore) {
    String message =
        why.error()
            ? "the server answered an error with HTTP "
                + reply.status()
                + ": "
                + excerpt(why.what(), secrets).replaceFirst("[.]+$", "")
                + ". Check the model's name "
                + model
                + ", that the base URL is complete (it usually ends in /v1), and the server's log."
            : notAnAnswer(secrets.redact(why.what()), reply, secrets);
    Throwable cause = why.getCause();
    return Failure.protocol(
        of(Kind.PROTOCOL, message, reply, secrets)
            .permanent(why.misdirected() && !answeredBefore)
            .cause(cause == null ? null : secrets.redact(cause)));
  }

  /** A body that is longer than what may be read. */
  Failure tooLong(ChatExchange.Reply reply, Secrets secrets) {
    String message =
        notAnAnswer("is longer than " + ChatExchange.MAX_BYTES + " bytes; ", reply, secrets);
    return Failure.protocol(of(Kind.PROTOCOL, message, reply, secrets));
  }

  private String notAnAnswer(String what, ChatExchange.Reply reply, Secrets secrets) {
    return "the answer "
        + what
        + "check that the base URL leads to an OpenAI-compatible interface (it usually ends in"
        + " /v1). It begins: "
        + excerpt(reply.text(), secrets);
  }

  /**
   * A limit of the client's own would delay the request beyond the deadline.
   *
   * @param limit the option that sets it
   */
  LlmException limitedPastDeadline(String limit, Duration deadline) {
    return LlmException.builder(
            Kind.UNREACHABLE,
            endpoint
                + ": "
                + limit
                + " delays the request beyond the deadline of "
                + seconds(deadline)
                + "; raise one of them, or ask less at once.")
        .build();
  }

  /** The thread was interrupted; its flag is set again. */
  CancelledException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return cancelled("the thread was interrupted", e);
  }

  /** The client was closed by another thread. */
  CancelledException closed(@Nullable Throwable cause) {
    return cancelled("the client was closed", cause);
  }

  private CancelledException cancelled(String why, @Nullable Throwable cause) {
    return new CancelledException(
        endpoint + ": the chat was cancelled, because " + why + ". Its answer is lost.", cause);
  }

  private LlmException.Builder of(
      Kind kind, String message, ChatExchange.Reply reply, Secrets secrets) {
    String id = requestId(reply.headers(), secrets);
    LlmException.Builder builder =
        LlmException.builder(kind, endpoint + ": " + message)
            .status(reply.status())
            .headers(secrets.redact(reply.headers()))
            .requestId(id)
            .rawText(secrets.redact(reply.text()));
    return id == null ? builder : builder.add("(request " + id + ")");
  }

  private static @Nullable String requestId(Headers headers, Secrets secrets) {
    return REQUEST_IDS.stream()
        .map(headers::get)
        .filter(id -> id != null && !id.isBlank())
        .findFirst()
        .map(secrets::redact)
        .orElse(null);
  }

  static String excerpt(String text, Secrets secrets) {
    // Redacted first, so that no secret is cut in two; of a long body the beginning is enough.
    String begin = text.length() > 20_000 ? text.substring(0, 20_000) : text;
    String line = secrets.redact(begin).strip().replaceAll("\\s+", " ");
    return line.isEmpty()
        ? "(nothing)"
        : line.length() <= MAX_EXCERPT ? line : line.substring(0, MAX_EXCERPT) + " …";
  }

  static String seconds(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + " s" : millis + " ms";
  }

  static String after(int attempt) {
    return attempt == 1 ? "" : " (attempt " + attempt + ")";
  }

  private static String plain(@Nullable String location, Secrets secrets) {
    if (location == null) {
      return "nowhere";
    }
    int query = location.indexOf('?');
    return secrets.redact(query < 0 ? location : location.substring(0, query));
  }
}
