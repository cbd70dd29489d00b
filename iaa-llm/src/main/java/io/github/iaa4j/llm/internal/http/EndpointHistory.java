package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatCapabilities;
import io.github.iaa4j.llm.chat.ChatUsage;
import io.github.iaa4j.llm.internal.json.JsonAnswer;
import java.util.HashSet;
import java.util.Set;

/**
 * What all calls of an endpoint have found out so far: whether it works, what it accepts, how much
 * its model thinks, what it has cost, and how it has failed. Thread-safe.
 */
final class EndpointHistory {

  /**
   * What a reasoning model gets on top of what is asked for, after each answer that its thoughts
   * left empty.
   */
  private static final int[] THINKING_TOKENS = {1024, 4096, 16_384};

  /** As many consecutive calls that failed in the same way mean that the next one will too. */
  private static final int MAX_SAME_FAILURES = 8;

  private final ServerAbsence absence;
  private ChatCapabilities capabilities;

  /** The kinds of request that were answered: what they need is known. */
  private final Set<String> provenKinds = new HashSet<>();

  private long requests;
  private long answers;
  private long promptTokens;
  private long completionTokens;
  private int thinkingTokens;
  private int maxThinkingTokens = THINKING_TOKENS[THINKING_TOKENS.length - 1];
  private String lastFailure = "";
  private int sameFailures;

  EndpointHistory(ChatCapabilities declared, ServerAbsence absence) {
    this.capabilities = declared;
    this.absence = absence;
  }

  synchronized void requested() {
    requests++;
  }

  /**
   * An answer came.
   *
   * @param kind what kind of request it answers
   * @param accepted the form in which the request was accepted
   */
  synchronized void answered(ChatAnswer answer, String kind, ChatCapabilities accepted) {
    // An empty answer may come from anything, such as a gateway without a model.
    if (!answer.text().isBlank() && !JsonAnswer.isThoughtAlone(answer.text())) {
      provenKinds.add(kind);
    }
    capabilities = common(capabilities, accepted);
    answers++;
    promptTokens += answer.promptTokens();
    completionTokens += answer.completionTokens();
    sameFailures = 0;
    absence.end();
  }

  /** What two threads have learned at the same time: only what both forms contain is accepted. */
  private static ChatCapabilities common(ChatCapabilities a, ChatCapabilities b) {
    return new ChatCapabilities(
        a.structuredOutput().compareTo(b.structuredOutput()) > 0
            ? a.structuredOutput()
            : b.structuredOutput(),
        a.maxCompletionTokens() || b.maxCompletionTokens(),
        a.temperature() && b.temperature(),
        a.seed() && b.seed(),
        a.streaming() && b.streaming(),
        a.streamUsage() && b.streamUsage(),
        a.systemRole() && b.systemRole());
  }

  /** Whether the endpoint has ever given an answer of a model. */
  synchronized boolean isProven() {
    return !provenKinds.isEmpty();
  }

  /** What the endpoint accepts, and whether that is proven for a kind of request. */
  synchronized Learned learned(String kind) {
    return new Learned(capabilities, provenKinds.contains(kind));
  }

  /**
   * What is known of a kind of request.
   *
   * @param proven whether such a request was answered, so that nothing is left to find out
   */
  record Learned(ChatCapabilities capabilities, boolean proven) {}

  synchronized ChatCapabilities capabilities() {
    return capabilities;
  }

  synchronized ChatUsage usage() {
    return new ChatUsage(requests, answers, promptTokens, completionTokens);
  }

  /** How many requests were answered; shows a call whether others fare better. */
  synchronized long answers() {
    return answers;
  }

  /** How many more tokens than asked for an answer may have, because the model thinks. */
  synchronized int thinkingTokens() {
    return thinkingTokens;
  }

  /** The next larger number of such tokens; the same if there is none. */
  synchronized int moreThinkingTokens(int tokens) {
    for (int next : THINKING_TOKENS) {
      if (next > tokens) {
        return Math.min(next, maxThinkingTokens);
      }
    }
    return tokens;
  }

  /** The model needed as many tokens to think. */
  synchronized void needsThinkingTokens(int tokens) {
    thinkingTokens = Math.max(thinkingTokens, tokens);
  }

  /** The server refused more than this. */
  synchronized void limitThinkingTokens(int tokens) {
    maxThinkingTokens = Math.min(maxThinkingTokens, tokens);
    thinkingTokens = Math.min(thinkingTokens, maxThinkingTokens);
  }

  /**
   * A call failed; returns whether enough failed in the same way to expect the next to fail too.
   */
  synchronized boolean failsRepeatedly(LlmException failure) {
    String what = failure.kind() + " " + failure.status();
    sameFailures = what.equals(lastFailure) ? sameFailures + 1 : 1;
    lastFailure = what;
    return sameFailures >= MAX_SAME_FAILURES;
  }
}
