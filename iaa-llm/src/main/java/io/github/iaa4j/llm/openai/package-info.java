/** A client for endpoints that implement the chat completions of the OpenAI API. */
@NullMarked
package io.github.iaa4j.llm.openai;

import org.jspecify.annotations.NullMarked;
