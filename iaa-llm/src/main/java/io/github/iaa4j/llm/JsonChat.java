package io.github.iaa4j.llm;

import com.google.gson.JsonObject;
import io.github.iaa4j.core.LlmException;
import java.util.Map;

/** Asks a model for a JSON object. An answer that cannot be used is shown to it once. */
final class JsonChat {

  private static final Template AGAIN = Template.load("again.txt");

  private static final int LONGEST_SHOWN = 200;

  private final ChatModel chat;

  JsonChat(ChatModel chat) {
    this.chat = chat;
  }

  /**
   * @param field a field that the object must hold
   * @param reader takes the object apart
   * @throws LlmException if the second answer cannot be used either; its raw text is that answer
   */
  <T> Reply<T> ask(ChatRequest request, String field, Reader<T> reader) {
    ChatAnswer first = chat.complete(request);
    try {
      return new Reply<>(reader.read(JsonAnswer.find(first.text(), field)), first.tokens());
    } catch (JsonAnswer.Unusable e) {
      ChatAnswer second = chat.complete(again(request, first, reason(e, first)));
      try {
        return new Reply<>(
            reader.read(JsonAnswer.find(second.text(), field)), first.tokens() + second.tokens());
      } catch (JsonAnswer.Unusable again) {
        throw new LlmException(
            LlmException.Kind.UNUSABLE_ANSWER,
            chat.name()
                + " was asked twice for JSON with \""
                + field
                + "\". "
                + reason(again, second)
                + (second.truncated() ? " Raise maxTokens." : ""),
            0,
            null,
            second.text(),
            again);
      }
    }
  }

  private static ChatRequest again(ChatRequest request, ChatAnswer answer, String reason) {
    ChatRequest.Builder builder = request.toBuilder();
    String shown = answer.text();
    // A small model goes on as it sees itself begin, so it sees little of an answer without end.
    if (answer.truncated() && shown.length() > LONGEST_SHOWN) {
      shown = shown.substring(0, LONGEST_SHOWN);
    }
    // Servers refuse an empty turn.
    if (!shown.isBlank()) {
      builder.message(ChatMessage.assistant(shown));
    }
    Integer seed = request.seed();
    if (seed != null) {
      // The same seed would tend to the same answer.
      builder.seed(seed == Integer.MAX_VALUE ? 0 : seed + 1);
    }
    return builder.message(ChatMessage.user(AGAIN.fill(Map.of("reason", reason)))).build();
  }

  private static String reason(JsonAnswer.Unusable e, ChatAnswer answer) {
    return e.getMessage()
        + (answer.truncated() ? ": the answer was cut off by the token limit." : ".");
  }

  /** Takes an object apart. */
  @FunctionalInterface
  interface Reader<T> {
    T read(JsonObject object) throws JsonAnswer.Unusable;
  }

  /**
   * What was read, and what it cost.
   *
   * @param tokens read and written, by both answers where there were two
   */
  record Reply<T>(T value, int tokens) {}
}
