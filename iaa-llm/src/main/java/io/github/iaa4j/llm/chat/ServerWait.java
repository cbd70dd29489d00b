package io.github.iaa4j.llm.chat;

import io.github.iaa4j.core.error.LlmException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A server that is not there is waited for: one that is loading its model, is limited, or has gone
 * away.
 *
 * @param endpoint its address, without the query
 * @param failure why its latest answer is none, or null where it has not answered yet
 * @param waited how long it has been waited for
 * @param longest how long it is waited for at most
 */
public record ServerWait(
    String endpoint, @Nullable LlmException failure, Duration waited, Duration longest) {}
