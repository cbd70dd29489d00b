package io.github.iaa4j.llm.chat;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * A language model that answers a conversation. Implementations are safe for use by many threads.
 */
@FunctionalInterface
public interface ChatModel {

  /**
   * Asks and waits for the whole answer.
   *
   * @throws io.github.iaa4j.core.error.LlmException if the model cannot be reached, or the server
   *     answers what cannot be read
   */
  ChatAnswer complete(ChatRequest request);

  /**
   * Asks, hands on the answer's text piece by piece as it comes, and returns the whole. The default
   * waits and hands it on in one piece.
   *
   * <p>What {@code pieces} throws is thrown here, and ends the call.
   *
   * @param pieces called by this thread, first to last; together the pieces are the answer's text
   * @throws io.github.iaa4j.core.error.LlmException as {@link #complete}
   */
  default ChatAnswer stream(ChatRequest request, Consumer<String> pieces) {
    ChatAnswer answer = complete(request);
    pieces.accept(answer.text());
    return answer;
  }

  /**
   * How long the model was waited for so far because its server was not there, in all questions
   * together and counted once where several waited. Such time is not the model's: a deadline for
   * its work leaves it out. The default is none.
   */
  default Duration waited() {
    return Duration.ZERO;
  }

  /** The model's name, as it is recorded beside what it wrote. */
  default String name() {
    return "llm";
  }
}
