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

/** Reads the errors that servers put into a body, with a status that fits or with 200. */
final class ErrorBody {

  /** Codes of a veto by a content filter. */
  private static final Set<String> CONTENT_FILTER =
      Set.of("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation");

  /** Codes of status 429 that waiting does not help with. */
  private static final Set<String> QUOTA_EXHAUSTED =
      Set.of("insufficient_quota", "billing_hard_limit_reached", "billing_not_active");

  /** Codes of an answer that the server itself found invalid, and quotes. */
  private static final Set<String> INVALID_ANSWER =
      Set.of("json_validate_failed", "tool_use_failed");

  /** The status that errors in a body of status 200 mean, if they give a name instead. */
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

  /** What rate limits say in errors that are plain text. */
  private static final Pattern LIMITED =
      Pattern.compile("(?i)\\b(?:rate limit|too many requests|try again in)\\b");

  private static final int MAX_DEPTH = 4;
  private static final int BAD_GATEWAY = 502;
  private static final int MAX_SEARCHED = 2_000;

  /** What servers say with a status that fits while they load the model. */
  private static final Pattern LOADING =
      Pattern.compile(
          "\\b(?:(?:is |still |currently )?(?:loading|starting|warming)|not (?:yet )?(?:ready|loaded)"
              + "|being loaded|initiali[sz]ing|cold start)",
          Pattern.CASE_INSENSITIVE);

  /** The same for any other status, where "not loaded" may be the fault of the request. */
  private static final Pattern STILL_LOADING =
      Pattern.compile(
          "\\b(?:(?:is|are|still|currently|being) (?:still |currently |being )?"
              + "(?:loading|loaded|starting|warming|initiali[sz]ing)|loading model|warming up"
              + "|not yet (?:ready|loaded)|not ready|cold start|estimated_time)\\b",
          Pattern.CASE_INSENSITIVE);

  private ErrorBody() {}

  /**
   * The answer that an error amounts to, or null: the veto of a content filter, or what the model
   * wrote and the server rejected as invalid JSON.
   */
  static @Nullable ChatAnswer answerIn(int status, String body) {
    JsonObject error = status == 400 || status == 403 || status == 422 ? error(body) : null;
    if (error == null) {
      return null;
    }
    boolean filtered =
        CONTENT_FILTER.contains(primitive(error, "code"))
            || (error.get("innererror") instanceof JsonObject inner
                && CONTENT_FILTER.contains(primitive(inner, "code")));
    if (filtered) {
      return new ChatAnswer("", "content_filter", 0, 0, message(error));
    }
    if (INVALID_ANSWER.contains(primitive(error, "code"))) {
      boolean cutOff = message(error).contains("max completion tokens reached");
      return new ChatAnswer(
          primitive(error, "failed_generation"), cutOff ? "length" : "stop", 0, 0);
    }
    return null;
  }

  /** Whether an error means that a quota or credit is exhausted. */
  static boolean isQuotaExhausted(int status, String body) {
    JsonObject error = status == 429 ? error(body) : null;
    return status == 402
        || (error != null
            && (QUOTA_EXHAUSTED.contains(primitive(error, "code"))
                || QUOTA_EXHAUSTED.contains(primitive(error, "type"))));
  }

  /** The HTTP status that an error in a body of status 200 means, or 0 if it does not say. */
  private static int status(JsonElement error) {
    return status(error, 0);
  }

  private static int status(JsonElement error, int depth) {
    if (error instanceof JsonPrimitive text) {
      return LIMITED.matcher(text.getAsString()).find()
          ? 429
          : isLoading(text.getAsString(), true) ? 503 : 0;
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

  /** The message of an error, with what a gateway quotes from the server behind it. */
  private static String message(JsonElement error) {
    JsonElement message = error;
    String quoted = "";
    if (error instanceof JsonObject object) {
      for (String field : List.of("message", "msg", "error")) {
        if (object.has(field)) {
          message = object.get(field) instanceof JsonObject inner ? inner : object.get(field);
          break;
        }
      }
      if (message != error && message instanceof JsonObject inner) {
        message = new JsonPrimitive(message(inner));
      }
      if (object.get("metadata") instanceof JsonObject metadata) {
        quoted = quoted(metadata.get("raw"));
      }
    }
    String text = message.isJsonPrimitive() ? message.getAsString() : message.toString();
    return quoted.isEmpty() ? text : text + ": " + quoted;
  }

  /** The message of an error that is quoted as received, often as JSON in a string. */
  private static String quoted(@Nullable JsonElement raw) {
    if (raw == null || raw.isJsonNull()) {
      return "";
    }
    JsonElement error = raw;
    if (raw.isJsonPrimitive()) {
      try {
        error = ChatCompletion.object(raw.getAsString());
      } catch (UnreadableAnswer e) {
        return raw.getAsString();
      }
    }
    return message(
        error instanceof JsonObject object && object.get("error") != null
            ? object.get("error")
            : error);
  }

  /** The message of the error in a body, or the body if its error has another shape. */
  static String summary(String body) {
    JsonObject error = error(body);
    return error != null && error.get("metadata") instanceof JsonObject ? message(error) : body;
  }

  /** The error in a body of status 2xx, which may itself be the error; or null. */
  static @Nullable JsonElement in(JsonObject root) {
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

  /** The failure that an error in a body of status 2xx means. */
  static UnreadableAnswer toFailure(JsonElement error) {
    return UnreadableAnswer.error(message(error), status(error), error.toString());
  }

  /**
   * Checks that the gateway did not lose the model while it wrote.
   *
   * @throws UnreadableAnswer if it did
   */
  static void check(JsonObject choice) throws UnreadableAnswer {
    JsonElement error = choice.get("error");
    if (error != null && !error.isJsonNull()) {
      throw UnreadableAnswer.error(
          message(error), status(error) == 0 ? BAD_GATEWAY : status(error), error.toString());
    }
    if (choice.get("finish_reason") instanceof JsonPrimitive reason
        && reason.getAsString().equals("error")) {
      throw UnreadableAnswer.error(
          "the model broke off with finish_reason \"error\"", BAD_GATEWAY, choice.toString());
    }
  }

  /**
   * Whether a body says that the model is still being loaded.
   *
   * @param anyStatus whether the status does not say by itself that the server is at fault
   */
  static boolean isLoading(String body, boolean anyStatus) {
    return (anyStatus ? STILL_LOADING : LOADING)
        .matcher(body.length() > MAX_SEARCHED ? body.substring(0, MAX_SEARCHED) : body)
        .find();
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

  /** A field that is a string, number or boolean, as text; empty if it is not. */
  static String primitive(JsonObject object, String field) {
    return object.get(field) instanceof JsonPrimitive value ? value.getAsString() : "";
  }
}
