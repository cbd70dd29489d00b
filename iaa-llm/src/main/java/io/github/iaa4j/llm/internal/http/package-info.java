/** One conversation over HTTP: bodies, retries, failures. */
@NullMarked
package io.github.iaa4j.llm.internal.http;

import org.jspecify.annotations.NullMarked;
