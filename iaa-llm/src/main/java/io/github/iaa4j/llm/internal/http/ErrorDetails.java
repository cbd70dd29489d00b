package io.github.iaa4j.llm.internal.http;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the body of an error complains about, in lower case. What it merely quotes from the request
 * is left out: pydantic's {@code input}, for one, may hold the whole body, and with it the names of
 * all fields.
 *
 * @param fields the parameters and fields that it points to, such as {@code body.seed}
 * @param messages what it says
 */
record ErrorDetails(List<String> fields, List<String> messages) {

  private static final Set<String> FIELD_KEYS = Set.of("param", "loc", "field");
  private static final Set<String> MESSAGE_KEYS =
      Set.of(
          "error",
          "errors",
          "message",
          "msg",
          "detail",
          "details",
          "description",
          "fieldviolations",
          "metadata",
          "raw",
          "reason",
          "title",
          "code",
          "type",
          "status",
          "innererror");

  /** What may hold messages by field. */
  private static final Set<String> FIELD_MAPS = Set.of("errors", "detail", "details");

  private static final Pattern QUOTED_REQUEST = Pattern.compile("[\"']messages\\\\?[\"']\\s*:");
  private static final int MAX_DEPTH = 8;
  private static final int MAX_LENGTH = 20_000;

  /** How Python prints an error of pydantic, which some servers put into their message. */
  private static final Pattern PRINTED_LOC = Pattern.compile("'loc': ?[(\\[]([^)\\]]*)[)\\]]");

  private static final Pattern PRINTED_MSG = Pattern.compile("'msg': ?['\"]([^'\"]*)['\"]");
  private static final Pattern PRINTED_INPUT = Pattern.compile("\\binput_value=.*", Pattern.DOTALL);

  /** The details in a body, which may be anything. */
  static ErrorDetails of(String body) {
    ErrorDetails details = new ErrorDetails(new ArrayList<>(), new ArrayList<>());
    details.text(body.length() > MAX_LENGTH ? body.substring(0, MAX_LENGTH) : body, 0);
    return details;
  }

  private void text(String text, int depth) {
    String stripped = text.strip();
    if (depth < MAX_DEPTH && (stripped.startsWith("{") || stripped.startsWith("["))) {
      try {
        value(JsonParser.parseString(stripped), depth + 1);
        return;
      } catch (JsonParseException e) {
        // Text that begins with a brace.
      }
    }
    Matcher place = PRINTED_LOC.matcher(stripped);
    if (place.find()) {
      do {
        fields.add(lower(place.group(1).replaceAll("['\" ]", "").replace(',', '.')));
      } while (place.find());
      Matcher message = PRINTED_MSG.matcher(stripped);
      while (message.find()) {
        messages.add(lower(message.group(1)));
      }
      return;
    }
    messages.add(lower(PRINTED_INPUT.matcher(withoutRequest(stripped)).replaceAll("")));
  }

  /** The text without the request that it quotes, as far as that can be recognised. */
  private static String withoutRequest(String text) {
    StringBuilder kept = new StringBuilder();
    int from = 0;
    for (int open = text.indexOf('{'); open >= 0; open = text.indexOf('{', from)) {
      int end = end(text, open);
      boolean isRequest = QUOTED_REQUEST.matcher(text.substring(open, end)).find();
      kept.append(text, from, isRequest ? open : end);
      from = end;
    }
    return kept.append(text, from, text.length()).toString();
  }

  /** The index after the matching closing brace, or the end of the text. */
  private static int end(String text, int open) {
    int depth = 0;
    char quote = 0;
    for (int i = open; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quote != 0) {
        if (c == '\\') {
          i++;
        } else if (c == quote) {
          quote = 0;
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return i + 1;
      }
    }
    return text.length();
  }

  private void value(JsonElement value, int depth) {
    value(value, depth, false);
  }

  /**
   * @param isFieldMap whether the keys of an object may be the names of invalid fields
   */
  private void value(JsonElement value, int depth, boolean isFieldMap) {
    if (depth > MAX_DEPTH || value.isJsonNull()) {
      return;
    }
    if (value instanceof JsonArray array) {
      array.forEach(item -> value(item, depth + 1));
    } else if (value instanceof JsonObject object) {
      for (String key : object.keySet()) {
        String name = lower(key);
        if (FIELD_KEYS.contains(name)) {
          field(object.get(key));
        } else if (MESSAGE_KEYS.contains(name)) {
          value(object.get(key), depth + 1, FIELD_MAPS.contains(name));
        } else if (isFieldMap && !object.get(key).isJsonObject()) {
          fields.add(name);
          value(object.get(key), depth + 1);
        }
      }
    } else {
      text(value.getAsString(), depth + 1);
    }
  }

  private void field(JsonElement field) {
    List<String> parts = new ArrayList<>();
    Iterable<JsonElement> steps = field instanceof JsonArray array ? array : List.of(field);
    for (JsonElement step : steps) {
      if (step.isJsonPrimitive()) {
        parts.add(step.getAsString());
      }
    }
    if (!parts.isEmpty()) {
      fields.add(lower(String.join(".", parts)));
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** All messages in one text. */
  String all() {
    return String.join("\n", messages);
  }
}
