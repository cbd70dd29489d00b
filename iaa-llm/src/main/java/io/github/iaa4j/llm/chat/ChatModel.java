package io.github.iaa4j.llm.chat;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * A language model that answers a conversation. An adapter of another client implements {@link
 * #complete}, and keeps this contract:
 *
 * <ul>
 *   <li>It is safe for use by many threads, and never returns null.
 *   <li>Whatever goes wrong is an {@link io.github.iaa4j.core.error.LlmException}; the client's own
 *       exception is its cause. It is temporary unless it is built as {@linkplain
 *       io.github.iaa4j.core.error.LlmException.Builder#permanent permanent}: a temporary one costs
 *       the image that it was for its scene, a permanent one ends the run. Permanent is what the
 *       next question would meet too, such as a wrong key, an unknown model or a spent quota.
 *       Retries are the adapter's own.
 *   <li>An answer without the text that was asked for is no error: a refusal is {@link
 *       ChatAnswer#refused()}, and text that was cut off {@link ChatAnswer#truncated()}.
 *   <li>An interrupt of the calling thread ends the call with a {@link
 *       io.github.iaa4j.core.error.CancelledException}, and the thread's interrupt flag is set.
 *   <li>No message, and no {@code toString()}, holds a key.
 * </ul>
 */
@FunctionalInterface
public interface ChatModel {

  /**
   * Asks and waits for the whole answer.
   *
   * @throws io.github.iaa4j.core.error.LlmException if the model cannot be reached, or the server's
   *     answer cannot be read
   * @throws io.github.iaa4j.core.error.CancelledException if the thread was interrupted, or the
   *     model closed by another thread
   */
  ChatAnswer complete(ChatRequest request);

  /**
   * Asks, passes on the answer's text piece by piece as it arrives, and returns the whole. The
   * default waits and passes it on in one piece.
   *
   * <p>What {@code pieces} throws is thrown here, and ends the call.
   *
   * @param pieces called by this thread, first to last; together the pieces are the answer's text
   * @throws io.github.iaa4j.core.error.LlmException as {@link #complete}
   * @throws io.github.iaa4j.core.error.CancelledException as {@link #complete}
   */
  default ChatAnswer stream(ChatRequest request, Consumer<String> pieces) {
    ChatAnswer answer = complete(request);
    pieces.accept(answer.text());
    return answer;
  }

  /**
   * How long questions have waited so far because the server was not available, in all of them
   * together and counted once where several waited. A deadline for the model's work leaves such
   * time out. The default is none.
   */
  default Duration waited() {
    return Duration.ZERO;
  }

  /** The model's name, as it is recorded beside what it wrote. */
  default String name() {
    return "llm";
  }
}
