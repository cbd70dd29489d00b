package io.github.iaa4j.llm;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Finds the JSON object in what a model really wrote. */
final class JsonAnswer {

  private static final Pattern THINKING =
      Pattern.compile("<think(?:ing)?>.*?(?:</think(?:ing)?>|\\z)", Pattern.DOTALL);

  /** Templates that open the thoughts themselves leave the model to close them. */
  private static final Pattern THOUGHT = Pattern.compile("</think(?:ing)?>");

  /** Bounds the work on an answer that is nothing but opening braces. */
  private static final int MOST_OBJECTS = 32;

  private JsonAnswer() {}

  /**
   * The first object that holds the field. Thoughts between {@code <think>} tags or before a
   * closing one, code fences and prose around it are passed over.
   *
   * @throws Unusable saying what is wrong, in words that the model can act on
   */
  static JsonObject find(String answer, String field) throws Unusable {
    String text = THINKING.matcher(answer).replaceAll(" ");
    int from = THOUGHT.matcher(text).results().mapToInt(MatchResult::end).max().orElse(0);
    text = text.substring(from);
    if (text.isBlank()) {
      throw new Unusable(answer.isBlank() ? "The answer was empty" : "There was only thinking");
    }
    boolean seen = false;
    int start = text.indexOf('{');
    for (int tried = 0; start >= 0 && tried < MOST_OBJECTS; tried++) {
      int end = end(text, start);
      if (end < 0) {
        seen = true;
        start = text.indexOf('{', start + 1);
        continue;
      }
      try {
        JsonElement value = JsonParser.parseString(text.substring(start, end));
        if (value.isJsonObject()) {
          JsonObject object = value.getAsJsonObject();
          if (object.has(field)) {
            return object;
          }
          seen = true;
        }
      } catch (JsonParseException e) {
        // Braces in prose; the object may come later.
      }
      start = text.indexOf('{', start + 1);
    }
    throw new Unusable(
        seen
            ? "There was no complete JSON object with \"" + field + "\""
            : "There was no JSON object");
  }

  /** The place after the brace that closes the one at {@code start}, or -1. */
  private static int end(String text, int start) {
    int depth = 0;
    boolean quoted = false;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted) {
        if (c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = false;
        }
      } else if (c == '"') {
        quoted = true;
      } else if (c == '{') {
        depth++;
      } else if (c == '}' && --depth == 0) {
        return i + 1;
      }
    }
    return -1;
  }

  /** An answer that cannot be used. */
  static final class Unusable extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * @param what one sentence without its full stop
     */
    Unusable(String what) {
      super(what);
    }
  }
}
