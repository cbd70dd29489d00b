package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.internal.http.ChatExchange.Reply;
import io.github.iaa4j.llm.internal.http.RequestNegotiation.Outcome;
import java.time.Duration;

/**
 * Makes single attempts at a call: within the limits of the client, with the timeouts that the
 * deadline leaves. Never retries. Thread-safe.
 */
final class AttemptSender {

  private static final Duration MIN_TIMEOUT = Duration.ofMillis(1);

  private final ChatOptions options;
  private final HttpTransport transport;
  private final RateLimiter limiter;
  private final EndpointHistory history;
  private final ServerAbsence absence;
  private final CloseSignal close;
  private final ChatFailures failures;
  private final ConnectionFailures connectionFailures;

  AttemptSender(
      ChatOptions options,
      HttpTransport transport,
      RateLimiter limiter,
      EndpointHistory history,
      ServerAbsence absence,
      CloseSignal close,
      ChatFailures failures) {
    this.options = options;
    this.transport = transport;
    this.limiter = limiter;
    this.history = history;
    this.absence = absence;
    this.close = close;
    this.failures = failures;
    this.connectionFailures = new ConnectionFailures(failures.endpoint(), failures.proxy());
  }

  /**
   * Sends the request in the form that has been negotiated so far.
   *
   * @param number of the attempt, from 1
   * @throws LlmException if the limits delay it beyond the deadline
   * @throws CancelledException if the endpoint is closed meanwhile
   */
  Outcome attempt(ChatCall call, RequestNegotiation negotiation, int number)
      throws InterruptedException {
    try (RateLimiter.Reservation reservation =
        limiter.reserve(negotiation.tokens(), call.deadline())) {
      Outcome outcome = negotiation.read(send(call, negotiation), number);
      if (outcome.answer() != null) {
        reservation.used(outcome.answer().tokens());
      }
      return outcome;
    } catch (NoReplyException e) {
      if (close.isClosed()) {
        throw failures.closed(call.secrets().redact(e.cause()));
      }
      return Outcome.of(connectionFailures.of(e, call.secrets(), history.isProven(), number));
    }
  }

  private Reply send(ChatCall call, RequestNegotiation negotiation)
      throws NoReplyException, InterruptedException {
    limiter.acquire(call.deadline());
    try {
      boolean streamed = negotiation.isStreamed();
      ConnectionFailures.Timeouts timeouts = timeouts(call.deadline());
      history.requested();
      return transport.send(
          call,
          negotiation.body(options.model()),
          streamed,
          timeouts,
          () -> absence.report(null, options.unavailability().maxWait()));
    } finally {
      limiter.release();
    }
  }

  private ConnectionFailures.Timeouts timeouts(Deadline deadline) {
    Duration left = deadline.left();
    // A server that loads its model may hold the first request until it is loaded.
    Duration min =
        absence.isWaitedFor() && !history.isProven()
            ? options.unavailability().maxWait().minus(absence.lasted())
            : Duration.ZERO;
    ChatOptions.Timeouts configured = options.timeouts();
    Duration call = max(configured.call(), min);
    boolean last = left.compareTo(call) < 0;
    return new ConnectionFailures.Timeouts(
        configured.connect(),
        max(configured.read(), min),
        last ? max(left, MIN_TIMEOUT) : call,
        last);
  }

  private static Duration max(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? b : a;
  }
}
