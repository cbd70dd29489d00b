package io.github.iaa4j.llm.internal.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.llm.chat.ChatAnswer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Takes a chat completion apart. */
public final class ChatCompletion {

  /** Codes of a refused request of which another question may do better. */
  private static final Set<String> FILTERED =
      Set.of("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation");

  /** Codes of 429 that no waiting cures. */
  private static final Set<String> SPENT =
      Set.of("insufficient_quota", "billing_hard_limit_reached", "billing_not_active");

  /** Codes of an answer that the server itself found unusable, and quotes. */
  private static final Set<String> UNUSABLE = Set.of("json_validate_failed", "tool_use_failed");

  /** What errors in a body of status 200 call themselves, where they do not give the number. */
  private static final Map<String, Integer> STATUSES =
      Map.ofEntries(
          Map.entry("rate_limit_exceeded", 429),
          Map.entry("rate_limit_error", 429),
          Map.entry("insufficient_quota", 429),
          Map.entry("resource_exhausted", 429),
          Map.entry("ratelimiterror", 429),
          Map.entry("overloaded_error", 503),
          Map.entry("unavailable_error", 503),
          Map.entry("unavailable", 503),
          Map.entry("serviceunavailableerror", 503),
          Map.entry("deadline_exceeded", 504),
          Map.entry("server_error", 500),
          Map.entry("internal", 500),
          Map.entry("internal_server_error", 500),
          Map.entry("unauthenticated", 401),
          Map.entry("permission_denied", 403),
          Map.entry("not_found", 404));

  /** Of errors that are words alone: limits, and servers that are not there yet. */
  private static final Pattern LIMITED =
      Pattern.compile("(?i)\\b(?:rate limit|too many requests|try again in)\\b");

  private static final int MAX_DEPTH = 4;

  private static final int BAD_GATEWAY = 502;

  private ChatCompletion() {}

  /**
   * The answer in a body.
   *
   * @throws Unreadable if there is none
   */
  static ChatAnswer read(String body) throws Unreadable {
    JsonObject root = envelope(body);
    JsonElement choices = root.get("choices");
    JsonElement error = errorOf(root);
    boolean empty = !(choices instanceof JsonArray array) || array.isEmpty() || isHollow(array);
    if (empty && error != null && !error.isJsonNull()) {
      throw failure(error);
    }
    if (!(choices instanceof JsonArray array)) {
      throw new Unreadable("holds no choices; ", true, null);
    }
    if (array.isEmpty()) {
      throw new Unreadable("holds an empty list of choices; ", false, null);
    }
    try {
      JsonObject choice = array.get(0).getAsJsonObject();
      failIn(choice);
      JsonObject message = choice.getAsJsonObject("message");
      if (message == null) {
        throw new Unreadable("holds a choice without a message; ", false, null);
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
      throw new Unreadable("is not shaped as a chat completion; ", false, e);
    }
  }

  /** Google wraps an error in a list. */
  private static JsonObject envelope(String body) throws Unreadable {
    try {
      if (JsonParser.parseString(body) instanceof JsonArray list
          && !list.isEmpty()
          && list.get(0) instanceof JsonObject first
          && first.has("error")) {
        return first;
      }
    } catch (JsonParseException e) {
      // Said below.
    }
    return object(body);
  }

  /** The error in a body of status 2xx, which may itself be the error; or null. */
  private static @Nullable JsonElement errorOf(JsonObject root) {
    JsonElement error = root.get("error");
    if (error != null && !error.isJsonNull()) {
      return error;
    }
    boolean isError =
        primitive(root, "object").equals("error")
            || primitive(root, "type").equals("error")
            || (!root.has("choices") && primitive(root, "code").matches("[45]\\d\\d"));
    return isError ? root : null;
  }

  /** Whether the first choice holds nothing, as of a gateway that lost the model. */
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

  /** The failure that an error in a body of status 2xx is. */
  static Unreadable failure(JsonElement error) {
    return Unreadable.error(words(error), status(error), error.toString());
  }

  /**
   * Fails where a gateway lost the model while it wrote.
   *
   * @throws Unreadable saying so
   */
  static void failIn(JsonObject choice) throws Unreadable {
    JsonElement error = choice.get("error");
    if (error != null && !error.isJsonNull()) {
      throw Unreadable.error(
          words(error), status(error) == 0 ? BAD_GATEWAY : status(error), error.toString());
    }
    if (choice.get("finish_reason") instanceof JsonPrimitive reason
        && reason.getAsString().equals("error")) {
      throw Unreadable.error(
          "the model broke off with finish_reason \"error\"", BAD_GATEWAY, choice.toString());
    }
  }

  /**
   * Joins what was read of an answer.
   *
   * @param thoughts stand for the text where there is none, because some servers take the whole
   *     answer for thoughts; but not where the limit cut them off before the answer
   */
  static ChatAnswer answer(
      String written,
      String thoughts,
      String finishReason,
      @Nullable JsonElement usage,
      String refusal) {
    boolean thoughtAll = written.isBlank() && refusal.isEmpty() && !finishReason.equals("length");
    String text = thoughtAll && !thoughts.isBlank() ? thoughts : written;
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

  /**
   * The answer that a refusal comes to, or null: a veto of the server's filter, or what the model
   * wrote and the server found to be no JSON.
   */
  static @Nullable ChatAnswer answerIn(int status, String body) {
    JsonObject error = status == 400 || status == 403 || status == 422 ? error(body) : null;
    if (error == null) {
      return null;
    }
    boolean filtered =
        FILTERED.contains(primitive(error, "code"))
            || (error.get("innererror") instanceof JsonObject inner
                && FILTERED.contains(primitive(inner, "code")));
    if (filtered) {
      return new ChatAnswer("", "content_filter", 0, 0, words(error));
    }
    if (UNUSABLE.contains(primitive(error, "code"))) {
      boolean cutOff = words(error).contains("max completion tokens reached");
      return new ChatAnswer(
          primitive(error, "failed_generation"), cutOff ? "length" : "stop", 0, 0);
    }
    return null;
  }

  /** Whether a refusal means that the money is spent. */
  static boolean spent(int status, String body) {
    JsonObject error = status == 429 ? error(body) : null;
    return status == 402
        || (error != null
            && (SPENT.contains(primitive(error, "code"))
                || SPENT.contains(primitive(error, "type"))));
  }

  /** The HTTP status that an error in a body of another status has, or 0 where it names none. */
  private static int status(JsonElement error) {
    return status(error, 0);
  }

  private static int status(JsonElement error, int depth) {
    if (error instanceof JsonPrimitive words) {
      return LIMITED.matcher(words.getAsString()).find()
          ? 429
          : ChatFailures.isLoading(words.getAsString()) ? 503 : 0;
    }
    if (!(error instanceof JsonObject object)) {
      return 0;
    }
    for (String field : List.of("code", "status", "status_code", "type")) {
      String value = primitive(object, field).toLowerCase(Locale.ROOT);
      if (value.matches("[45]\\d\\d")) {
        return Integer.parseInt(value);
      }
      Integer known = STATUSES.get(value);
      if (known != null) {
        return known;
      }
    }
    JsonElement inner = object.get("error");
    if (inner != null && depth < MAX_DEPTH) {
      return status(inner, depth + 1);
    }
    return object.get("message") instanceof JsonPrimitive message ? status(message, depth) : 0;
  }

  /** What an error says, with the words that a gateway quotes of the server behind it. */
  static String words(JsonElement error) {
    JsonElement words = error;
    String quoted = "";
    if (error instanceof JsonObject object) {
      for (String field : List.of("message", "msg", "error")) {
        if (object.has(field)) {
          words = object.get(field) instanceof JsonObject inner ? inner : object.get(field);
          break;
        }
      }
      if (words != error && words instanceof JsonObject inner) {
        words = new JsonPrimitive(words(inner));
      }
      if (object.get("metadata") instanceof JsonObject metadata) {
        quoted = quoted(metadata.get("raw"));
      }
    }
    String said = words.isJsonPrimitive() ? words.getAsString() : words.toString();
    return quoted.isEmpty() ? said : said + ": " + quoted;
  }

  /** The words of an error that is quoted as it came, often as JSON in a text. */
  private static String quoted(@Nullable JsonElement raw) {
    if (raw == null || raw.isJsonNull()) {
      return "";
    }
    JsonElement error = raw;
    if (raw.isJsonPrimitive()) {
      try {
        error = object(raw.getAsString());
      } catch (Unreadable e) {
        return raw.getAsString();
      }
    }
    return words(
        error instanceof JsonObject object && object.get("error") != null
            ? object.get("error")
            : error);
  }

  /** The words of the error in a body, or the body where it is shaped in another way. */
  static String complaint(String body) {
    JsonObject error = error(body);
    return error != null && error.get("metadata") instanceof JsonObject ? words(error) : body;
  }

  /** Some gateways hand on what the maker of the model calls the limit. */
  static String finishReason(String told) {
    return told.equalsIgnoreCase("max_tokens") || told.equalsIgnoreCase("max_output_tokens")
        ? "length"
        : told;
  }

  /** What the model thought, under any of its names. */
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
        text.append(detail instanceof JsonObject object ? primitive(object, "text") : "");
      }
    }
    return text.toString();
  }

  /**
   * A text, or a list of parts of which those of one type count and others, such as thoughts, do
   * not.
   */
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

  /** Google wraps the object in a list. */
  private static @Nullable JsonObject error(String body) {
    try {
      JsonElement root = JsonParser.parseString(body);
      if (root instanceof JsonArray list && !list.isEmpty()) {
        root = list.get(0);
      }
      return root instanceof JsonObject object && object.get("error") instanceof JsonObject error
          ? error
          : null;
    } catch (JsonParseException e) {
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
    private final int status;
    private final String json;

    /**
     * @param what goes on after "the answer ", and ends in a semicolon
     * @param misdirected whether it looks as if the address leads elsewhere
     */
    Unreadable(String what, boolean misdirected, @Nullable Throwable cause) {
      this(what, misdirected, false, 0, "", cause);
    }

    private Unreadable(
        String what,
        boolean misdirected,
        boolean error,
        int status,
        String json,
        @Nullable Throwable cause) {
      super(what, cause);
      this.misdirected = misdirected;
      this.error = error;
      this.status = status;
      this.json = json;
    }

    /**
     * An error in a body of status 2xx.
     *
     * @param status the status that it should have had, or 0 where it does not say
     * @param json the error as it came
     */
    static Unreadable error(String words, int status, String json) {
      return new Unreadable(words, true, true, status, json, null);
    }

    boolean misdirected() {
      return misdirected;
    }

    boolean error() {
      return error;
    }

    /** A body that holds the error and nothing else. */
    String body() {
      return "{\"error\": " + json + "}";
    }

    /** The status that the error names, or 0. */
    int status() {
      return status;
    }

    String what() {
      return String.valueOf(getMessage());
    }
  }
}
