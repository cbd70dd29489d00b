/** Reads JSON from what language models write. */
@NullMarked
package io.github.iaa4j.llm.internal.json;

import org.jspecify.annotations.NullMarked;
