package io.github.iaa4j.llm;

/**
 * A language model that answers a conversation. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface ChatModel {

  /**
   * Asks and waits for the whole answer.
   *
   * @throws io.github.iaa4j.core.LlmException if the model cannot be reached, refuses, or answers
   *     what cannot be read
   */
  ChatAnswer complete(ChatRequest request);

  /** The model's name, as it is recorded beside what it wrote. */
  default String name() {
    return "llm";
  }
}
