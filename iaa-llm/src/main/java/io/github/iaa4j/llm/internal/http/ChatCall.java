package io.github.iaa4j.llm.internal.http;

import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatRequest;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A request and what all attempts at it have in common. Used by the thread that waits for its
 * answer alone.
 */
final class ChatCall {

  private final ChatRequest request;
  private final @Nullable Consumer<String> pieces;
  private final String key;
  private final Secrets secrets;
  private final Deadline deadline;
  private boolean begun;

  /**
   * @param pieces gets the pieces of the answer, none of them twice; null if nobody wants them
   * @param key the API key, or empty
   */
  ChatCall(
      ChatRequest request,
      @Nullable Consumer<String> pieces,
      String key,
      Secrets secrets,
      Deadline deadline) {
    this.request = request;
    this.pieces = pieces;
    this.key = key;
    this.secrets = secrets;
    this.deadline = deadline;
  }

  ChatRequest request() {
    return request;
  }

  String key() {
    return key;
  }

  Secrets secrets() {
    return secrets;
  }

  Deadline deadline() {
    return deadline;
  }

  /** Whether somebody wants the pieces of the answer. */
  boolean wantsPieces() {
    return pieces != null;
  }

  /** Whether a piece was passed on, so that another attempt would pass it on twice. */
  boolean hasBegun() {
    return begun;
  }

  /** Passes on a piece of the answer. */
  void piece(String piece) {
    if (pieces != null) {
      begun = true;
      pieces.accept(piece);
    }
  }

  /** Passes on the whole answer, if it did not come in pieces. */
  void complete(ChatAnswer answer) {
    if (pieces != null && !begun && !answer.text().isEmpty()) {
      pieces.accept(answer.text());
    }
  }
}
