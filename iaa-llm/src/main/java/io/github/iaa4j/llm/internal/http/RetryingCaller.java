package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.Sleeper;
import io.github.iaa4j.llm.internal.http.RequestNegotiation.Outcome;
import io.github.iaa4j.llm.internal.text.Setting;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes attempts at a call until there is an answer: retries what may pass within the deadline,
 * waits for a server that is unavailable, and decides whether a failure is permanent. Belongs to
 * one call.
 */
final class RetryingCaller {

  private static final Logger LOG = LoggerFactory.getLogger(RetryingCaller.class);

  private static final Duration MIN_POLL = Duration.ofMillis(500);

  /** After this many absences a call is given up, if the server answers others. */
  private static final int MAX_ABSENCES = 4;

  /** The same for a limit, which others use up meanwhile: about five minutes of waits. */
  private static final int MAX_LIMITED = 40;

  private final ChatCall call;
  private final RequestNegotiation negotiation;
  private final AttemptSender sender;
  private final int maxRetries;
  private final Backoff backoff;
  private final Sleeper sleeper;
  private final EndpointHistory history;
  private final ServerAbsence absence;
  private final CloseSignal close;
  private final ChatFailures failures;
  private final Probe probe;
  private int attempt = 1;

  /** How often the server was unavailable to this call, and what it had answered before that. */
  private int absences;

  private long answersBefore;

  /** Finds out whether the server is there. */
  @FunctionalInterface
  interface Probe {

    /** Whether it answers a plain request, so that what fails is one request alone. */
    boolean answers() throws InterruptedException;
  }

  /** What the calls of an endpoint share. */
  record Shared(
      AttemptSender sender,
      Backoff backoff,
      Sleeper sleeper,
      EndpointHistory history,
      ServerAbsence absence,
      CloseSignal close,
      ChatFailures failures,
      Probe probe) {}

  RetryingCaller(ChatCall call, RequestNegotiation negotiation, int maxRetries, Shared shared) {
    this.call = call;
    this.negotiation = negotiation;
    this.maxRetries = maxRetries;
    this.sender = shared.sender();
    this.backoff = shared.backoff();
    this.sleeper = shared.sleeper();
    this.history = shared.history();
    this.absence = shared.absence();
    this.close = shared.close();
    this.failures = shared.failures();
    this.probe = shared.probe();
  }

  /**
   * Asks until there is an answer.
   *
   * @throws LlmException if there will be none, or none within the deadline
   * @throws CancelledException if the thread is interrupted or the endpoint closed
   */
  ChatAnswer complete() {
    if (absence.isWaitedFor() && (!history.isProven() || absence.isLikely())) {
      absence.begin();
    }
    try {
      while (true) {
        Outcome outcome = sender.attempt(call, negotiation, attempt);
        if (outcome.answer() != null) {
          call.complete(outcome.answer());
          return outcome.answer();
        }
        if (outcome.failure() != null) {
          waitAfter(outcome.failure());
          attempt++;
        }
      }
    } catch (InterruptedException e) {
      absence.failed(); // Whoever waited for the call had a deadline.
      throw failures.interrupted(e);
    }
  }

  /** Waits until the next attempt may begin, or throws what went wrong. */
  private void waitAfter(Failure failure) throws InterruptedException {
    LlmException.Builder builder = failure.builder();
    if (call.hasBegun()) {
      throw builder.add("The answer broke off after it had begun.").build();
    }
    boolean retry = failure.retryable() && attempt <= maxRetries;
    if (failure.serverAbsent() && isAlone(builder.build().status() == 429)) {
      if (!retry) {
        throw builder.add("Other requests were answered meanwhile.").permanent(false).build();
      }
    } else if (absence.isWaitedFor() && mayReturn(failure, retry)) {
      awaitReturn(failure);
      return;
    }
    if (!retry) {
      throw builder.permanent(isPermanent(failure)).build();
    }
    Duration wait = backoff.delay(attempt, failure.retryAfter());
    if (wait.compareTo(call.deadline().left()) >= 0) {
      throw builder
          .add(
              "A wait of "
                  + ChatFailures.seconds(wait)
                  + " does not fit into the deadline of "
                  + ChatFailures.seconds(call.deadline().length())
                  + ".")
          .build();
    }
    pause(builder.build(), wait);
  }

  /** Whether the next call would fail as well. */
  private boolean isPermanent(Failure failure) throws InterruptedException {
    LlmException exception = failure.builder().build();
    boolean proven = history.isProven();
    boolean waitedFor = absence.isWaitedFor();
    return (waitedFor && !proven) // Nobody knows that it ever worked.
        || history.failsRepeatedly(exception)
        || (failure.addressLost() && proven && waitedFor && !probe.answers())
        || exception.permanent();
  }

  /** Whether the server is repeatedly unavailable to this call, and there for others. */
  private boolean isAlone(boolean isLimited) {
    if (absences == 0) {
      answersBefore = history.answers();
    }
    absences++;
    return absences > (isLimited ? MAX_LIMITED : MAX_ABSENCES) && history.answers() > answersBefore;
  }

  /** Whether the server is likely unavailable, rather than unable to answer this request. */
  private boolean mayReturn(Failure failure, boolean retry) {
    if (failure.serverAbsent()) {
      return true;
    }
    if (retry || !history.isProven() || !failure.serverFault()) {
      return false;
    }
    absence.failed();
    return absence.isLikely();
  }

  private void awaitReturn(Failure failure) throws InterruptedException {
    absence.begin();
    Duration maxWait = absence.maxWait(failure.neverConnected());
    Duration left = maxWait.minus(absence.lasted());
    Duration wait = backoff.delay(attempt, failure.retryAfter());
    if (wait.compareTo(MIN_POLL) < 0) {
      wait = MIN_POLL;
    }
    boolean asksForMore = failure.retryAfter() != null && wait.compareTo(left) > 0;
    boolean over = left.isZero() || left.isNegative();
    if (over && failure.serverFault() && !failure.neverConnected() && probe.answers()) {
      throw failure.builder().add("A plain request was answered.").permanent(false).build();
    }
    if (asksForMore) {
      throw gaveUp(
          failure,
          "It asks to wait "
              + ChatFailures.seconds(wait)
              + ", and a server is waited for "
              + ChatFailures.seconds(maxWait)
              + " at most: try later, or raise ");
    }
    if (over) {
      throw gaveUp(
          failure,
          "It was waited for "
              + ChatFailures.seconds(maxWait)
              + "; start or check the server, or raise ");
    }
    LlmException exception = failure.builder().build();
    absence.report(exception, maxWait);
    pause(exception, wait.compareTo(left) < 0 ? wait : left);
  }

  private static LlmException gaveUp(Failure failure, String why) {
    return failure.builder().add(why + Setting.MAX_WAIT + ".").permanent(true).build();
  }

  private void pause(LlmException failure, Duration wait) throws InterruptedException {
    LOG.info("{} Trying again in {} ms.", failure.getMessage(), wait.toMillis());
    sleeper.sleep(wait);
    if (close.isClosed()) {
      throw failures.closed(failure);
    }
  }
}
