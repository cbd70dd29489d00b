package io.github.iaa4j.llm.chat;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.LlmException;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * A language model that continues a conversation.
 *
 * <p>An implementation that adapts another client keeps to this:
 *
 * <ul>
 *   <li>it is safe for use by many threads
 *   <li>it never returns null, and returns a refusal as a {@link ChatAnswer}
 *   <li>every failure of the model, its server or the network is an {@link LlmException}. It is
 *       temporary unless it is built as {@linkplain LlmException.Builder#permanent permanent}:
 *       while prompts are written, only the prompt at hand does without the model. A permanent one
 *       ends the run, so it is for what the next call would run into as well, such as a wrong key.
 *       A failure while images are judged ends the run in either case, and it can be resumed
 *   <li>an interrupt of the calling thread ends the call with a {@link CancelledException}, and the
 *       thread's interrupt flag is set again; so does {@code close()} from another thread, and the
 *       flag is then left alone. A call after {@code close()} is an {@link IllegalStateException}
 * </ul>
 */
@FunctionalInterface
public interface ChatModel {

  /**
   * Asks and waits for the whole answer.
   *
   * @return never null
   * @throws LlmException if the model cannot be reached, or the server's answer cannot be read
   * @throws CancelledException if the thread is interrupted, which leaves its interrupt flag set,
   *     or the model is closed meanwhile
   * @throws IllegalStateException if the model has been closed
   */
  ChatAnswer complete(ChatRequest request);

  /**
   * Asks, passes the answer's text on piece by piece as it arrives, and returns the whole. By
   * default waits for the whole and passes it on as one piece.
   *
   * <p>Whatever {@code pieces} throws is thrown here and ends the call.
   *
   * @param pieces called by this thread, first to last; concatenated, the pieces are the answer's
   *     text
   * @return never null
   * @throws LlmException as {@link #complete}
   * @throws CancelledException as {@link #complete}
   * @throws IllegalStateException as {@link #complete}
   */
  default ChatAnswer stream(ChatRequest request, Consumer<String> pieces) {
    ChatAnswer answer = complete(request);
    pieces.accept(answer.text());
    return answer;
  }

  /**
   * How long calls have waited so far because the server was unavailable, in all calls together and
   * counted once where several waited at the same time. A deadline for the model's work leaves this
   * time out. Defaults to zero.
   */
  default Duration waited() {
    return Duration.ZERO;
  }

  /** The model's name, as it is recorded beside what it wrote. Defaults to {@code llm}. */
  default String name() {
    return "llm";
  }
}
