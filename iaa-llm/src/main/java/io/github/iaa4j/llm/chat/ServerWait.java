package io.github.iaa4j.llm.chat;

import io.github.iaa4j.core.error.LlmException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A wait for a server that is unavailable: it is loading its model, limits requests, or has gone
 * away. Immutable.
 *
 * @param endpoint the server's address, without the query
 * @param failure why its latest answer was none, or null if it has not answered yet
 * @param waited how long the call has waited so far
 * @param maxWait how long it will wait at most
 */
public record ServerWait(
    String endpoint, @Nullable LlmException failure, Duration waited, Duration maxWait) {}
