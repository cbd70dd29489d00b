/** Templates, excerpts, and the names of options in messages. */
@NullMarked
package io.github.iaa4j.llm.internal.text;

import org.jspecify.annotations.NullMarked;
