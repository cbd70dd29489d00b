package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.internal.http.ChatExchange.Reply;
import io.github.iaa4j.llm.internal.json.JsonAnswer;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds the form of a request that the server accepts: leaves out, or asks for in another way, what
 * it refuses, and gives a model that spends its tokens on thoughts more of them. Sends nothing
 * itself. Belongs to one call.
 */
final class RequestNegotiation {

  private static final Logger LOG = LoggerFactory.getLogger(RequestNegotiation.class);

  private final ChatCall call;
  private final boolean keyed;
  private final EndpointHistory history;
  private final ChatFailures failures;
  private final Clock clock;
  private final String kind;
  private ChatCapabilities form;

  /** What may still be tried after a refusal that named nothing; null before there was one. */
  private @Nullable Deque<ChatCapabilities> guesses;

  /** The first such refusal. */
  private @Nullable Failure firstRefusal;

  /** The forms that the server refused. */
  private final Set<ChatCapabilities> refused = new HashSet<>();

  /** An answer that thoughts left empty, with the tokens that all such answers cost. */
  private @Nullable ChatAnswer empty;

  private int thinkingTokens;
  private int thinkingTokensBefore;

  RequestNegotiation(
      ChatCall call, ChatOptions options, EndpointHistory history, ChatFailures failures) {
    this.call = call;
    this.keyed = !call.key().isEmpty() || options.authentication().hasCredentialHeader();
    this.history = history;
    this.failures = failures;
    this.clock = options.time().clock();
    this.kind = RequestFeature.kind(call.request());
    this.form = history.capabilities();
    this.thinkingTokens = history.thinkingTokens();
    this.thinkingTokensBefore = thinkingTokens;
  }

  /** Whether the answer is to be streamed. */
  boolean isStreamed() {
    return call.wantsPieces() && form.streaming();
  }

  /** The next body to send. */
  String body(String model) {
    return ChatBody.of(model, call.request(), form, thinkingTokens, isStreamed());
  }

  /** An estimate of the tokens that it costs at most. */
  long tokens() {
    return ChatBody.tokens(call.request()) + thinkingTokens;
  }

  /** What a reply comes to, and what is to be sent next if it comes to nothing. */
  Outcome read(Reply reply, int attempt) {
    if (!reply.successful()) {
      return refused(reply, attempt);
    }
    if (reply.tooLong()) {
      return Outcome.of(failures.tooLong(reply, call.secrets()));
    }
    try {
      return answered(call.secrets().redact(reply.answer()));
    } catch (UnreadableAnswer e) {
      return e.status() == 0
          ? Outcome.of(failures.unreadable(reply, e, call.secrets(), history.isProven()))
          : refused(reply.asError(e), attempt);
    }
  }

  /** The answer with the tokens of those before it, or none if thoughts left it empty. */
  private Outcome answered(ChatAnswer answer) {
    history.answered(answer, kind, form);
    ChatAnswer whole = empty == null ? answer : withTokensOf(answer, empty);
    boolean thoughtsAlone =
        answer.truncated()
            && !answer.refused()
            && (answer.text().isBlank() || JsonAnswer.isThoughtAlone(answer.text()));
    int more = history.moreThinkingTokens(thinkingTokens);
    if (!thoughtsAlone || call.hasBegun() || more <= thinkingTokens) {
      return Outcome.of(whole);
    }
    LOG.info(
        "{} used up its {} additional tokens for thoughts, so it gets {}.",
        failures.endpoint(),
        thinkingTokens,
        more);
    empty = whole;
    thinkingTokensBefore = thinkingTokens;
    thinkingTokens = more;
    history.needsThinkingTokens(more);
    return Outcome.SEND_AGAIN;
  }

  private static ChatAnswer withTokensOf(ChatAnswer answer, ChatAnswer other) {
    return new ChatAnswer(
        answer.text(),
        answer.finishReason(),
        answer.promptTokens() + other.promptTokens(),
        answer.completionTokens() + other.completionTokens(),
        answer.refusal());
  }

  private Outcome refused(Reply reply, int attempt) {
    ChatAnswer instead = ErrorBody.answerIn(reply.status(), reply.text());
    if (instead != null) {
      return answered(call.secrets().redact(instead));
    }
    boolean isRequestFault = reply.status() == 400 || reply.status() == 422;
    if (isRequestFault && empty != null) {
      // More than the model's context holds, or the server allows: the answer stays empty.
      history.limitThinkingTokens(thinkingTokensBefore);
      return Outcome.of(empty);
    }
    boolean proven = history.isProven();
    boolean loading = !proven && ErrorBody.isLoading(reply.text(), true);
    refused.add(form);
    ChatCapabilities named =
        loading
            ? null
            : RequestFeature.named(
                reply.status(), ErrorDetails.of(reply.text()), call.request(), form, isStreamed());
    if (named != null) {
      guesses = null;
      firstRefusal = null;
      return sendAgain(named, reply);
    }
    Failure failure =
        failures.status(
            reply,
            RetryAfter.of(reply.status(), reply.headers(), reply.text(), clock),
            call.secrets(),
            keyed,
            proven,
            attempt);
    return isRequestFault && !loading ? guess(reply, failure) : Outcome.of(failure);
  }

  /** Tries the other forms, one after the other, after a refusal that named nothing. */
  private Outcome guess(Reply reply, Failure failure) {
    // Another thread may have found out meanwhile what the server accepts.
    EndpointHistory.Learned learned = history.learned(kind);
    if (learned.proven() && !refused.contains(learned.capabilities())) {
      return sendAgain(learned.capabilities(), reply);
    }
    if (guesses == null && learned.proven()) {
      return Outcome.of(failure);
    }
    if (guesses == null) {
      guesses = new ArrayDeque<>(RequestFeature.guesses(call.request(), form, isStreamed()));
      firstRefusal = failure;
    }
    for (ChatCapabilities guess = guesses.poll(); guess != null; guess = guesses.poll()) {
      if (!refused.contains(guess)) {
        return sendAgain(guess, reply);
      }
    }
    if (!refused.contains(learned.capabilities())) {
      return sendAgain(learned.capabilities(), reply);
    }
    if (firstRefusal == null) {
      return Outcome.of(failure);
    }
    firstRefusal.builder().permanent(!history.isProven());
    return Outcome.of(firstRefusal);
  }

  private Outcome sendAgain(ChatCapabilities other, Reply reply) {
    LOG.info(
        "{} refuses a part of the request; it is sent again with {}. It said: {}",
        failures.endpoint(),
        other,
        ChatFailures.excerpt(reply.text(), call.secrets()));
    form = other;
    return Outcome.SEND_AGAIN;
  }

  /**
   * What an attempt came to: an answer, a failure, or neither if the request is to be sent again at
   * once in another form.
   */
  record Outcome(@Nullable ChatAnswer answer, @Nullable Failure failure) {

    static final Outcome SEND_AGAIN = new Outcome(null, null);

    static Outcome of(ChatAnswer answer) {
      return new Outcome(answer, null);
    }

    static Outcome of(Failure failure) {
      return new Outcome(null, failure);
    }
  }
}
