package io.github.iaa4j.llm;

import java.util.function.Consumer;

/**
 * A language model that answers a conversation. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface ChatModel {

  /**
   * Asks and waits for the whole answer.
   *
   * @throws io.github.iaa4j.core.LlmException if the model cannot be reached, or the server answers
   *     what cannot be read
   */
  ChatAnswer complete(ChatRequest request);

  /**
   * Asks, hands on the answer's text piece by piece as it comes, and returns the whole. The default
   * waits and hands it on in one piece.
   *
   * <p>What {@code pieces} throws is thrown here, and ends the call.
   *
   * @param pieces called by this thread, first to last; together the pieces are the answer's text
   * @throws io.github.iaa4j.core.LlmException as {@link #complete}
   */
  default ChatAnswer stream(ChatRequest request, Consumer<String> pieces) {
    ChatAnswer answer = complete(request);
    pieces.accept(answer.text());
    return answer;
  }

  /** The model's name, as it is recorded beside what it wrote. */
  default String name() {
    return "llm";
  }
}
