package io.github.iaa4j.llm.internal.json;

import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.llm.chat.ChatAnswer;
import io.github.iaa4j.llm.chat.ChatMessage;
import io.github.iaa4j.llm.chat.ChatModel;
import io.github.iaa4j.llm.chat.ChatRequest;
import io.github.iaa4j.llm.internal.text.Excerpt;
import io.github.iaa4j.llm.internal.text.Setting;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Asks a model for a JSON object. An answer that is not usable is shown to it with the reason, and
 * it is asked again, a limited number of times. A refusal is not: the model would only see itself
 * refuse. Safe for use by many threads.
 *
 * <p>What a model wrote is never obeyed. It is shown back as its own message, shortened, and
 * without the marks that chat templates take for the beginning of another message.
 */
public final class JsonChat {

  private static final Template AGAIN = Template.load("again.txt");

  private static final int MAX_SHOWN = 400;
  private static final int MAX_SHOWN_IF_TRUNCATED = 200;

  private final ChatModel chat;
  private final int maxRepeats;

  /** Asks again once. */
  public JsonChat(ChatModel chat) {
    this(chat, 1);
  }

  /**
   * @param maxRepeats how often it may be asked again, from 0
   */
  public JsonChat(ChatModel chat, int maxRepeats) {
    this.chat = chat;
    this.maxRepeats = maxRepeats;
  }

  /**
   * Asks for an object.
   *
   * @param field a field that the object must have
   * @param reader reads the object
   * @throws LlmException if the last answer is not usable either, or the model or a filter refused;
   *     its raw text is that answer
   */
  public <T> Reply<T> ask(ChatRequest request, String field, Reader<T> reader) {
    return ask(request, List.of(field), (object, last) -> reader.read(object));
  }

  /**
   * Asks for a record. Unknown keys, and missing texts that may be empty, are faults while the
   * model can be asked again, and are accepted after that.
   *
   * @param request what to ask; the shape's schema is added to it
   * @throws LlmException as above
   */
  public <R extends Record> Reply<R> ask(ChatRequest request, JsonShape<R> shape) {
    return ask(
        request.toBuilder().schema(shape.schema()).build(),
        List.copyOf(shape.fields()),
        shape::read);
  }

  private <T> Reply<T> ask(ChatRequest request, List<String> fields, LastReader<T> reader) {
    ChatRequest asked = request;
    int tokens = 0;
    JsonAnswer.Unusable earlier = null;
    for (int time = 0; ; time++) {
      ChatAnswer answer = complete(asked);
      tokens += answer.tokens();
      boolean last = time == maxRepeats;
      try {
        return read(answer, fields, reader, last, tokens);
      } catch (JsonAnswer.Unusable e) {
        if (earlier != null) {
          e.addSuppressed(earlier);
        }
        earlier = e;
        String reason = reason(e, answer);
        if (last || e.fault() == JsonAnswer.Unusable.Fault.REFUSED) {
          throw failure(fields, e, answer, reason, time + 1, tokens);
        }
        asked = again(request, answer, reason, time);
      }
    }
  }

  private ChatAnswer complete(ChatRequest request) {
    return Objects.requireNonNull(
        chat.complete(request),
        () -> chat.name() + " returned null; ChatModel.complete must return an answer");
  }

  /** The first object that can be read; the fault is that of the first object. */
  private static <T> Reply<T> read(
      ChatAnswer answer, List<String> fields, LastReader<T> reader, boolean last, int tokens)
      throws JsonAnswer.Unusable {
    JsonAnswer.Unusable first = null;
    try {
      for (LenientJson.Found found : JsonAnswer.find(answer.text(), fields)) {
        try {
          T value = reader.read(found.object(), last);
          return new Reply<>(value, tokens, answer.text(), found.truncated());
        } catch (JsonAnswer.Unusable e) {
          first = first == null ? e : first;
        }
      }
    } catch (JsonAnswer.Unusable e) {
      first = e;
    }
    if (answer.refused()) {
      throw new JsonAnswer.Unusable(
          JsonAnswer.Unusable.Fault.REFUSED,
          (answer.finishReason().equals("content_filter")
                  ? "The content filter of the server withheld the answer"
                  : "The model refused")
              + (answer.refusal().isEmpty() ? "" : ", with " + Excerpt.of(answer.refusal())));
    }
    throw first == null ? new JsonAnswer.Unusable("There was no object") : first;
  }

  private LlmException failure(
      List<String> fields,
      JsonAnswer.Unusable e,
      ChatAnswer answer,
      String reason,
      int asked,
      int tokens) {
    String times =
        switch (asked) {
          case 1 -> "once";
          case 2 -> "twice";
          default -> asked + " times";
        };
    return LlmException.builder(
            LlmException.Kind.UNUSABLE_ANSWER,
            chat.name()
                + " was asked "
                + times
                + " for JSON with \""
                + String.join("\", \"", fields)
                + "\". "
                + reason
                + (answer.truncated() ? " Raise " + Setting.MAX_TOKENS + "." : "")
                + (e.fault() == JsonAnswer.Unusable.Fault.REFUSED
                    ? " Rephrasing or another model may help."
                    : ""))
        .rawText(answer.text().isEmpty() ? answer.refusal() : answer.text())
        .tokens(tokens)
        .cause(e)
        .build();
  }

  /** The first question, the last answer, and what is wrong with it. */
  private static ChatRequest again(
      ChatRequest request, ChatAnswer answer, String reason, int time) {
    ChatRequest.Builder builder = request.toBuilder();
    // A small model continues as it sees itself begin, so it sees little of an endless answer.
    String shown =
        Excerpt.message(answer.text(), answer.truncated() ? MAX_SHOWN_IF_TRUNCATED : MAX_SHOWN);
    // Servers refuse an empty message.
    if (!shown.isBlank()) {
      builder.message(ChatMessage.assistant(shown));
    }
    Integer seed = request.seed();
    if (seed != null) {
      // The same seed would tend to give the same answer.
      builder.seed((int) ((seed + 1L + time) & Integer.MAX_VALUE));
    }
    return builder.message(ChatMessage.user(AGAIN.fill(Map.of("reason", reason)))).build();
  }

  private static String reason(JsonAnswer.Unusable e, ChatAnswer answer) {
    return e.getMessage()
        + (answer.truncated() ? ": the answer was cut off by the token limit." : ".");
  }

  /** Reads an object. */
  @FunctionalInterface
  public interface Reader<T> {
    T read(JsonObject object) throws JsonAnswer.Unusable;
  }

  @FunctionalInterface
  private interface LastReader<T> {
    T read(JsonObject object, boolean last) throws JsonAnswer.Unusable;
  }

  /**
   * What was read, and what it cost.
   *
   * @param tokens read and written, for all answers together
   * @param text the answer as received
   * @param truncated whether the object was cut off and closed; what was asked for is there
   */
  public record Reply<T>(T value, int tokens, String text, boolean truncated) {}
}
