package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.core.error.LlmException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why an attempt has no answer, and what that says of the next one.
 *
 * @param builder the exception, which may be added to
 * @param retryable whether another attempt may succeed
 * @param retryAfter how long the server asks to wait, or null
 * @param serverAbsent whether the server is unavailable, or not ready yet, rather than unable to
 *     answer
 * @param neverConnected whether nothing listens at an address where nothing ever did
 * @param serverFault whether the server failed, rather than objecting to the request
 * @param addressLost whether the address, or the right to use it, may be lost for every request
 */
record Failure(
    LlmException.Builder builder,
    boolean retryable,
    @Nullable Duration retryAfter,
    boolean serverAbsent,
    boolean neverConnected,
    boolean serverFault,
    boolean addressLost) {

  /** A reply that is not an answer, and would not be one the next time. */
  static Failure protocol(LlmException.Builder builder) {
    return new Failure(builder, false, null, false, false, true, false);
  }
}
