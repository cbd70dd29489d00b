package io.github.iaa4j.llm.internal.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the JSON objects in a text that a model wrote, and repairs what models get wrong: trailing,
 * double and missing commas, comments, bare keys, single and typographic quotes, quotes and line
 * breaks inside strings that should be escaped, escapes that JSON lacks, Python's literals, a
 * closing brace in place of a bracket.
 *
 * <p>An object that is cut off keeps the members that are complete: a string, a number or a list
 * without its end is dropped with its key, because nobody knows what was to follow. It is then
 * marked as truncated.
 *
 * <p>Valid JSON is read as a strict parser reads it. The text is read once, without recursion, so
 * the work grows with its length and not with its nesting. Values that are nested more than {@value
 * #MAX_DEPTH} levels deep, and what follows the first {@value #MAX_VALUES} values of an object, are
 * not kept; no answer needs them.
 */
final class LenientJson {

  private static final int MAX_DEPTH = 100;
  private static final int MAX_VALUES = 100_000;
  private static final int MAX_FOUND = 16;

  /**
   * An object.
   *
   * @param start the index of its opening brace
   * @param end the index after its last character
   * @param repaired whether a strict parser would have refused it
   * @param truncated whether it was cut off, so that a member may be missing
   */
  record Found(JsonObject object, int start, int end, boolean repaired, boolean truncated) {}

  private final String text;
  private final LenientLexer lexer;
  private final Set<String> wanted;
  private final List<Found> whole = new ArrayList<>();
  private final List<Found> partial = new ArrayList<>();
  private final Deque<Frame> open = new ArrayDeque<>();
  private int values;

  private LenientJson(String text, Set<String> wanted) {
    this.text = text;
    this.lexer = new LenientLexer(text);
    this.wanted = wanted;
  }

  /**
   * The objects that have at least one of the wanted keys, wherever they are: first those that have
   * all, in the order in which they begin, then the others. At most 16 of either kind.
   */
  static List<Found> objects(String text, Collection<String> wanted) {
    LenientJson json = new LenientJson(text, Set.copyOf(wanted));
    json.scan();
    Comparator<Found> byStart = Comparator.comparingInt(Found::start);
    json.whole.sort(byStart);
    json.partial.sort(byStart);
    json.whole.addAll(json.partial);
    return json.whole;
  }

  /** A container that is not closed yet. */
  private static final class Frame {
    final JsonElement container;
    final int start;
    final int repairsBefore;
    @Nullable String key;
    boolean comma = true;

    Frame(JsonElement container, int start, int repairsBefore) {
      this.container = container;
      this.start = start;
      this.repairsBefore = repairsBefore;
    }

    boolean isObject() {
      return container.isJsonObject();
    }
  }

  private void scan() {
    while ((lexer.pos = text.indexOf('{', lexer.pos)) >= 0) {
      if (opensObject(lexer.pos)) {
        parse();
      } else {
        lexer.pos++;
      }
      if (lexer.pos >= text.length()) {
        return;
      }
    }
  }

  /** Whether a brace in prose may open an object: a key or the closing brace follows. */
  private boolean opensObject(int brace) {
    int next = lexer.afterSpace(brace + 1);
    int c = lexer.at(next);
    return "},/#".indexOf(c) >= 0 || LenientLexer.isQuote(c) || lexer.bareKeyEnd(next) >= 0;
  }

  /** Parses from an opening brace to its end, or to where the text stops being JSON. */
  private void parse() {
    values = 0;
    push(new JsonObject());
    while (!open.isEmpty()) {
      Frame top = open.element();
      boolean keyNext = top.isObject() && top.key == null;
      boolean isJson = lexer.skipSpace() && (keyNext ? key(top) : value(top));
      if (!isJson) {
        breakOff();
      }
    }
  }

  /** Reads a key, a comma or the end of the object. */
  private boolean key(Frame top) {
    int c = lexer.at(lexer.pos);
    if (c == '}') {
      close();
      return true;
    }
    if (c == ',') {
      comma(top);
      return true;
    }
    if (c == ']' && open.stream().anyMatch(frame -> !frame.isObject())) {
      lexer.repairs++;
      closeHere();
      return true;
    }
    String key;
    if (LenientLexer.isQuote(c)) {
      key = lexer.string(top.isObject(), true);
    } else {
      int end = lexer.bareKeyEnd(lexer.pos);
      if (end < 0) {
        return false;
      }
      key = text.substring(lexer.pos, end);
      lexer.pos = end;
      lexer.repairs++;
    }
    if (key == null || !lexer.skipSpace() || lexer.at(lexer.pos) != ':') {
      return false;
    }
    lexer.pos++;
    if (!top.comma) {
      lexer.repairs++;
    }
    top.key = key;
    return true;
  }

  /** Reads a value, or in a list a comma or its end. */
  private boolean value(Frame top) {
    int c = lexer.at(lexer.pos);
    if (!top.isObject()) {
      if (c == ']') {
        close();
        return true;
      }
      if (c == ',') {
        comma(top);
        return true;
      }
      if (c == '}') {
        lexer.repairs++;
        closeHere();
        return true;
      }
      if (!top.comma) {
        lexer.repairs++;
      }
    }
    if (c == '{' || c == '[') {
      if (open.size() >= MAX_DEPTH) {
        return skipDeep();
      }
      push(c == '{' ? new JsonObject() : new JsonArray());
      return true;
    }
    JsonElement value;
    if (LenientLexer.isQuote(c)) {
      String string = lexer.string(top.isObject(), false);
      if (string == null) {
        return false;
      }
      value = new JsonPrimitive(string);
    } else {
      value = lexer.literal();
      if (value == null) {
        return false;
      }
    }
    add(top, value);
    return true;
  }

  private void push(JsonElement container) {
    open.push(new Frame(container, lexer.pos, lexer.repairs));
    lexer.pos++;
  }

  private void comma(Frame top) {
    boolean first = top.comma;
    if (first) {
      lexer.repairs++;
    }
    top.comma = true;
    lexer.pos++;
  }

  /** Closes the container whose closing character is here. */
  private void close() {
    Frame top = open.element();
    boolean empty =
        top.isObject()
            ? top.container.getAsJsonObject().isEmpty()
            : top.container.getAsJsonArray().isEmpty();
    if (top.comma && !empty) {
      lexer.repairs++;
    }
    lexer.pos++;
    closeHere();
  }

  private void closeHere() {
    Frame top = open.pop();
    found(top, false);
    Frame parent = open.peek();
    if (parent != null) {
      add(parent, top.container);
    }
  }

  private void add(Frame frame, JsonElement value) {
    boolean kept = ++values <= MAX_VALUES;
    if (!frame.isObject()) {
      if (kept) {
        frame.container.getAsJsonArray().add(value);
      }
    } else if (frame.key != null) {
      if (kept) {
        frame.container.getAsJsonObject().add(frame.key, value);
      }
      frame.key = null;
    }
    frame.comma = false;
  }

  /** Closes what is open, without the members that are not known to be complete. */
  private void breakOff() {
    boolean whole = false;
    JsonElement inner = JsonNull.INSTANCE;
    while (!open.isEmpty()) {
      Frame top = open.pop();
      if (whole) {
        add(top, inner);
      }
      // Nobody would notice that a list lacks items. That an object lacks keys, its reader will.
      whole = top.isObject();
      inner = top.container;
      if (whole) {
        found(top, true);
      }
    }
  }

  private void found(Frame frame, boolean truncated) {
    if (!frame.isObject()) {
      return;
    }
    JsonObject object = frame.container.getAsJsonObject();
    int present = 0;
    for (String key : wanted) {
      present += object.has(key) ? 1 : 0;
    }
    List<Found> list = present == wanted.size() ? whole : partial;
    if (present > 0 && list.size() < MAX_FOUND) {
      list.add(
          new Found(
              object,
              frame.start,
              lexer.pos,
              truncated || lexer.repairs > frame.repairsBefore,
              truncated));
    }
  }

  /** Skips a value that is nested too deeply to be kept. */
  private boolean skipDeep() {
    Frame top = open.element();
    int depth = 0;
    while (lexer.pos < text.length()) {
      char c = text.charAt(lexer.pos);
      if (c == '"') {
        if (lexer.string(top.isObject(), true) == null) {
          return false;
        }
        continue;
      }
      lexer.pos++;
      if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        lexer.repairs++;
        add(top, JsonNull.INSTANCE);
        return true;
      }
    }
    return false;
  }
}
