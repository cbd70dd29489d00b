/** The contract of a chat model: requests, answers, and what a server accepts. */
@NullMarked
package io.github.iaa4j.llm.chat;

import org.jspecify.annotations.NullMarked;
