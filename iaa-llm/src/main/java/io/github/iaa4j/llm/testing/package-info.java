/** Test doubles for code that uses a chat model. */
@NullMarked
package io.github.iaa4j.llm.testing;

import org.jspecify.annotations.NullMarked;
