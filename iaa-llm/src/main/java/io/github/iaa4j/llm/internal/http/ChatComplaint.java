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
 * What a refusal complains of, in lower case. What it merely quotes of the request is left out:
 * pydantic's {@code input}, for one, may hold the whole body, and with it the names of all fields.
 *
 * @param places the parameters and fields that it points to, such as {@code body.seed}
 * @param words what it says, one text an entry
 */
public record ChatComplaint(List<String> places, List<String> words) {

  private static final Set<String> PLACES = Set.of("param", "loc", "field");
  private static final Set<String> TOLD =
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

  /** What may hold faults by the field. */
  private static final Set<String> FAULTS = Set.of("errors", "detail", "details");

  private static final Pattern QUOTED_REQUEST = Pattern.compile("[\"']messages\\\\?[\"']\\s*:");
  private static final int MAX_DEPTH = 8;
  private static final int MAX_LENGTH = 20_000;

  /** Python's way to print a fault of pydantic, which some servers put into their message. */
  private static final Pattern PRINTED_PLACE = Pattern.compile("'loc': ?[(\\[]([^)\\]]*)[)\\]]");

  private static final Pattern PRINTED_WORDS = Pattern.compile("'msg': ?['\"]([^'\"]*)['\"]");
  private static final Pattern PRINTED_INPUT = Pattern.compile("\\binput_value=.*", Pattern.DOTALL);

  /** The complaint in a body, which may be of any kind. */
  static ChatComplaint of(String body) {
    ChatComplaint complaint = new ChatComplaint(new ArrayList<>(), new ArrayList<>());
    complaint.text(body.length() > MAX_LENGTH ? body.substring(0, MAX_LENGTH) : body, 0);
    return complaint;
  }

  private void text(String text, int depth) {
    String stripped = text.strip();
    if (depth < MAX_DEPTH && (stripped.startsWith("{") || stripped.startsWith("["))) {
      try {
        value(JsonParser.parseString(stripped), depth + 1);
        return;
      } catch (JsonParseException e) {
        // Words that begin with a brace.
      }
    }
    Matcher place = PRINTED_PLACE.matcher(stripped);
    if (place.find()) {
      do {
        places.add(lower(place.group(1).replaceAll("['\" ]", "").replace(',', '.')));
      } while (place.find());
      Matcher said = PRINTED_WORDS.matcher(stripped);
      while (said.find()) {
        words.add(lower(said.group(1)));
      }
      return;
    }
    words.add(lower(PRINTED_INPUT.matcher(withoutRequest(stripped)).replaceAll("")));
  }

  /** The text without the request that it quotes, as far as that goes. */
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

  /** Behind the brace that closes the one at a place, or the end of the text. */
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
   * @param isFaults whether the keys of an object may be the fields that are at fault
   */
  private void value(JsonElement value, int depth, boolean isFaults) {
    if (depth > MAX_DEPTH || value.isJsonNull()) {
      return;
    }
    if (value instanceof JsonArray array) {
      array.forEach(item -> value(item, depth + 1));
    } else if (value instanceof JsonObject object) {
      for (String key : object.keySet()) {
        String name = lower(key);
        if (PLACES.contains(name)) {
          place(object.get(key));
        } else if (TOLD.contains(name)) {
          value(object.get(key), depth + 1, FAULTS.contains(name));
        } else if (isFaults && !object.get(key).isJsonObject()) {
          places.add(name);
          value(object.get(key), depth + 1);
        }
      }
    } else {
      text(value.getAsString(), depth + 1);
    }
  }

  private void place(JsonElement place) {
    List<String> parts = new ArrayList<>();
    Iterable<JsonElement> steps = place instanceof JsonArray array ? array : List.of(place);
    for (JsonElement step : steps) {
      if (step.isJsonPrimitive()) {
        parts.add(step.getAsString());
      }
    }
    if (!parts.isEmpty()) {
      places.add(lower(String.join(".", parts)));
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** Everything that it says, in one text. */
  String all() {
    return String.join("\n", words);
  }
}
