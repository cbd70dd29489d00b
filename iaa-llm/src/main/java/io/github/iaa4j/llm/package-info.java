/** Talks to language models behind an OpenAI-compatible endpoint. */
@NullMarked
package io.github.iaa4j.llm;

import org.jspecify.annotations.NullMarked;
