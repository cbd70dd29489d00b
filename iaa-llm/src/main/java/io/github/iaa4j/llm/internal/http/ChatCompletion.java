package io.github.iaa4j.llm.internal.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.llm.chat.ChatAnswer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the answer in a chat completion. */
final class ChatCompletion {

  private ChatCompletion() {}

  /**
   * The answer in a body.
   *
   * @throws UnreadableAnswer if there is none
   */
  static ChatAnswer read(String body) throws UnreadableAnswer {
    JsonObject root = envelope(body);
    JsonElement choices = root.get("choices");
    JsonElement error = ErrorBody.in(root);
    boolean empty = !(choices instanceof JsonArray array) || array.isEmpty() || isHollow(array);
    if (empty && error != null && !error.isJsonNull()) {
      throw ErrorBody.toFailure(error);
    }
    if (!(choices instanceof JsonArray array)) {
      throw new UnreadableAnswer("contains no choices; ", true, null);
    }
    if (array.isEmpty()) {
      throw new UnreadableAnswer("contains an empty list of choices; ", false, null);
    }
    try {
      JsonObject choice = array.get(0).getAsJsonObject();
      ErrorBody.check(choice);
      JsonObject message = choice.getAsJsonObject("message");
      if (message == null) {
        throw new UnreadableAnswer("contains a choice without a message; ", false, null);
      }
      String called = arguments(message.get("tool_calls"));
      return answer(
          called.isEmpty() ? content(message.get("content"), "text") : called,
          thoughts(message),
          finishReason(string(choice, "finish_reason")),
          root.get("usage"),
          string(message, "refusal").isEmpty()
              ? content(message.get("content"), "refusal")
              : string(message, "refusal"));
    } catch (ClassCastException | IllegalStateException | UnsupportedOperationException e) {
      throw new UnreadableAnswer("does not have the shape of a chat completion; ", false, e);
    }
  }

  /** Google wraps an error in a list. */
  private static JsonObject envelope(String body) throws UnreadableAnswer {
    try {
      if (JsonParser.parseString(body) instanceof JsonArray list
          && !list.isEmpty()
          && list.get(0) instanceof JsonObject first
          && first.has("error")) {
        return first;
      }
    } catch (JsonParseException e) {
      // Reported below.
    }
    return object(body);
  }

  /** Whether the first choice is empty, as of a gateway that lost the model. */
  private static boolean isHollow(JsonArray choices) {
    if (!(choices.get(0) instanceof JsonObject choice)) {
      return false;
    }
    return !(choice.get("message") instanceof JsonObject message)
        || (isEmpty(message.get("content"))
            && isEmpty(message.get("tool_calls"))
            && isEmpty(message.get("refusal"))
            && thoughts(message).isEmpty());
  }

  private static boolean isEmpty(@Nullable JsonElement value) {
    return value == null
        || value.isJsonNull()
        || (value.isJsonPrimitive() && value.getAsString().isBlank())
        || (value instanceof JsonArray list && list.isEmpty());
  }

  /**
   * Joins what was read of an answer.
   *
   * @param thoughts used as the text if there is none, because some servers mistake the whole
   *     answer for thoughts; but not if the token limit cut them off before the answer
   */
  static ChatAnswer answer(
      String written,
      String thoughts,
      String finishReason,
      @Nullable JsonElement usage,
      String refusal) {
    boolean isAllThought = written.isBlank() && refusal.isEmpty() && !finishReason.equals("length");
    String text = isAllThought && !thoughts.isBlank() ? thoughts : written;
    return new ChatAnswer(
        text,
        finishReason,
        count(usage, "prompt_tokens"),
        count(usage, "completion_tokens"),
        text.isEmpty() ? refusal : "");
  }

  /**
   * A body as a JSON object.
   *
   * @throws UnreadableAnswer if it is not one
   */
  static JsonObject object(String body) throws UnreadableAnswer {
    try {
      if (JsonParser.parseString(body) instanceof JsonObject root) {
        return root;
      }
    } catch (JsonParseException e) {
      // What begins like an answer was one, before it was cut off.
      throw new UnreadableAnswer("is not JSON; ", !body.stripLeading().startsWith("{"), e);
    }
    throw new UnreadableAnswer("is not a JSON object; ", true, null);
  }

  /** The finish reason; some gateways pass on another name for {@code length}. */
  static String finishReason(String received) {
    return received.equalsIgnoreCase("max_tokens") || received.equalsIgnoreCase("max_output_tokens")
        ? "length"
        : received;
  }

  /** What the model thought, whatever the field is called. */
  static String thoughts(JsonObject message) {
    for (String field : List.of("reasoning_content", "reasoning", "thinking")) {
      if (message.get(field) instanceof JsonPrimitive thoughts
          && !thoughts.getAsString().isEmpty()) {
        return thoughts.getAsString();
      }
    }
    StringBuilder text = new StringBuilder();
    if (message.get("reasoning_details") instanceof JsonArray details) {
      for (JsonElement detail : details) {
        text.append(detail instanceof JsonObject object ? ErrorBody.primitive(object, "text") : "");
      }
    }
    return text.toString();
  }

  /** A string, or the parts of one type in a list; others, such as thoughts, are left out. */
  static String content(@Nullable JsonElement content, String type) {
    if (content == null || content.isJsonNull()) {
      return "";
    }
    if (content instanceof JsonObject object) {
      // A part without its list, or the very object that was asked for.
      return !type.equals("text")
          ? ""
          : object.get("text") instanceof JsonPrimitive text
              ? text.getAsString()
              : object.toString();
    }
    if (!content.isJsonArray()) {
      return type.equals("text") ? content.getAsString() : "";
    }
    StringBuilder text = new StringBuilder();
    for (JsonElement part : content.getAsJsonArray()) {
      JsonObject object = part.getAsJsonObject();
      String partType = string(object, "type");
      if (partType.equals(type) || (type.equals("text") && partType.equals("output_text"))) {
        text.append(string(object, type));
      }
    }
    return text.toString();
  }

  /** The arguments of the first call of a function, which some servers write as an object. */
  static String arguments(@Nullable JsonElement calls) {
    if (calls instanceof JsonArray array
        && !array.isEmpty()
        && array.get(0).getAsJsonObject().get("function") instanceof JsonObject function) {
      JsonElement arguments = function.get("arguments");
      return arguments == null || arguments.isJsonNull()
          ? ""
          : arguments.isJsonPrimitive() ? arguments.getAsString() : arguments.toString();
    }
    return "";
  }

  static String string(JsonObject object, String field) {
    JsonElement value = object.get(field);
    return value == null || value.isJsonNull() ? "" : value.getAsString();
  }

  /** A token count; 0 if it cannot be read, because an answer is worth more than its bill. */
  private static int count(@Nullable JsonElement usage, String field) {
    if (usage instanceof JsonObject object && object.get(field) instanceof JsonPrimitive value) {
      try {
        return Math.max(0, value.getAsInt());
      } catch (NumberFormatException e) {
        return 0;
      }
    }
    return 0;
  }
}
