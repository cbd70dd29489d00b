package io.github.iaa4j.llm;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes a chat completion apart. */
final class ChatCompletion {

  /** Codes of a refused request of which another question may do better. */
  private static final Set<String> FILTERED =
      Set.of("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation");

  /** Codes of 429 that no waiting cures. */
  private static final Set<String> SPENT =
      Set.of("insufficient_quota", "billing_hard_limit_reached", "billing_not_active");

  private ChatCompletion() {}

  /**
   * The answer in a body.
   *
   * @throws Unreadable if there is none
   */
  static ChatAnswer read(String body) throws Unreadable {
    JsonObject root = object(body);
    JsonElement choices = root.get("choices");
    JsonElement error = root.get("error");
    boolean empty = !(choices instanceof JsonArray array) || array.isEmpty();
    if (empty && error != null && !error.isJsonNull()) {
      throw Unreadable.error(words(error));
    }
    if (!(choices instanceof JsonArray array)) {
      throw new Unreadable("holds no choices; ", true, null);
    }
    if (array.isEmpty()) {
      throw new Unreadable("holds an empty list of choices; ", false, null);
    }
    try {
      JsonObject choice = array.get(0).getAsJsonObject();
      JsonObject message = choice.getAsJsonObject("message");
      if (message == null) {
        throw new Unreadable("holds a choice without a message; ", false, null);
      }
      String called = arguments(message.get("tool_calls"));
      return answer(
          called.isEmpty() ? content(message.get("content"), "text") : called,
          string(choice, "finish_reason"),
          root.get("usage"),
          string(message, "refusal").isEmpty()
              ? content(message.get("content"), "refusal")
              : string(message, "refusal"));
    } catch (ClassCastException | IllegalStateException | UnsupportedOperationException e) {
      throw new Unreadable("is not shaped as a chat completion; ", false, e);
    }
  }

  /** Joins what was read of an answer. */
  static ChatAnswer answer(
      String text, String finishReason, @Nullable JsonElement usage, String refusal) {
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
   * @throws Unreadable if it is none
   */
  static JsonObject object(String body) throws Unreadable {
    try {
      if (JsonParser.parseString(body) instanceof JsonObject root) {
        return root;
      }
    } catch (JsonParseException e) {
      // What begins as an answer does was one, before it broke.
      throw new Unreadable("is not JSON; ", !body.stripLeading().startsWith("{"), e);
    }
    throw new Unreadable("is not a JSON object; ", true, null);
  }

  /** What a refusal of the server's filter comes to, or null where it is no such refusal. */
  static @Nullable ChatAnswer filtered(int status, String body) {
    if (status != 400 && status != 403) {
      return null;
    }
    JsonObject error = error(body);
    if (error == null) {
      return null;
    }
    boolean filtered =
        FILTERED.contains(primitive(error, "code"))
            || (error.get("innererror") instanceof JsonObject inner
                && FILTERED.contains(primitive(inner, "code")));
    return filtered ? new ChatAnswer("", "content_filter", 0, 0, words(error)) : null;
  }

  /** Whether a refusal means that the money is spent. */
  static boolean spent(int status, String body) {
    JsonObject error = status == 429 ? error(body) : null;
    return status == 402
        || (error != null
            && (SPENT.contains(primitive(error, "code"))
                || SPENT.contains(primitive(error, "type"))));
  }

  /** What the body of a refusal says: the error in it where it has the usual form, or all of it. */
  static String complaint(String body) {
    try {
      JsonElement error = object(body).get("error");
      return error == null ? body : error.toString();
    } catch (Unreadable e) {
      return body;
    }
  }

  static String words(JsonElement error) {
    JsonElement words = error;
    if (error instanceof JsonObject object && object.has("message")) {
      words = object.get("message");
    }
    return words.isJsonPrimitive() ? words.getAsString() : words.toString();
  }

  /**
   * A text, or a list of parts of which those of one type count and others, such as thoughts, do
   * not.
   */
  static String content(@Nullable JsonElement content, String type) {
    if (content == null || content.isJsonNull()) {
      return "";
    }
    if (!content.isJsonArray()) {
      return type.equals("text") ? content.getAsString() : "";
    }
    StringBuilder text = new StringBuilder();
    for (JsonElement part : content.getAsJsonArray()) {
      JsonObject object = part.getAsJsonObject();
      if (string(object, "type").equals(type)) {
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

  private static @Nullable JsonObject error(String body) {
    try {
      return object(body).get("error") instanceof JsonObject error ? error : null;
    } catch (Unreadable e) {
      return null;
    }
  }

  private static String primitive(JsonObject object, String field) {
    return object.get(field) instanceof JsonPrimitive value ? value.getAsString() : "";
  }

  /** A count that cannot be read is none: an answer is worth more than its bill. */
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

  /** A body that is no chat completion. */
  static final class Unreadable extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean misdirected;
    private final boolean error;

    /**
     * @param what goes on after "the answer ", and ends in a semicolon
     * @param misdirected whether it looks as if the address leads elsewhere
     */
    Unreadable(String what, boolean misdirected, @Nullable Throwable cause) {
      this(what, misdirected, false, cause);
    }

    private Unreadable(String what, boolean misdirected, boolean error, @Nullable Throwable cause) {
      super(what, cause);
      this.misdirected = misdirected;
      this.error = error;
    }

    /** An error in a body of status 2xx. */
    static Unreadable error(String words) {
      return new Unreadable(words, true, true, null);
    }

    boolean misdirected() {
      return misdirected;
    }

    boolean error() {
      return error;
    }

    String what() {
      return String.valueOf(getMessage());
    }
  }
}
