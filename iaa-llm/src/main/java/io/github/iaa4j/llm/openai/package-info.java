/** A client for servers with the OpenAI API. */
@NullMarked
package io.github.iaa4j.llm.openai;

import org.jspecify.annotations.NullMarked;
