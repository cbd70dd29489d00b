/** Templates and excerpts. */
@NullMarked
package io.github.iaa4j.llm.internal.text;

import org.jspecify.annotations.NullMarked;
