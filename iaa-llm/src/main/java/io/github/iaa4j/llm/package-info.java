/**
 * Talks to language models behind an OpenAI-compatible endpoint, and lets them write and judge
 * prompts.
 *
 * <p>{@link io.github.iaa4j.llm.openai.OpenAiChatModel} is the client, {@link
 * io.github.iaa4j.llm.LlmPromptAgent} writes, {@link io.github.iaa4j.llm.LlmPromptCritic} judges,
 * and {@link io.github.iaa4j.llm.testing.FakeChatModel} replaces a server in tests.
 */
@NullMarked
package io.github.iaa4j.llm;

import org.jspecify.annotations.NullMarked;
