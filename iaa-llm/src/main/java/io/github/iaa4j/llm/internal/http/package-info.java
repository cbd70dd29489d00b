/** One conversation over HTTP: retries, limits, request bodies, replies and failures. */
@NullMarked
package io.github.iaa4j.llm.internal.http;

import org.jspecify.annotations.NullMarked;
