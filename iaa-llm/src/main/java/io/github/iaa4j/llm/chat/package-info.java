/** Chat models: what is asked and what is answered. */
@NullMarked
package io.github.iaa4j.llm.chat;

import org.jspecify.annotations.NullMarked;
