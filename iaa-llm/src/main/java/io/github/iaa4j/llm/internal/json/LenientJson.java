package io.github.iaa4j.llm.internal.json;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the JSON objects in a text that a model wrote, and mends what models get wrong: trailing,
 * double and missing commas, comments, bare keys, single and typographic quotes, quotes and line
 * breaks inside of strings that should be escaped, escapes that JSON lacks, Python's literals, a
 * closing brace in place of a bracket.
 *
 * <p>An object that breaks off keeps the members that are whole: a string, a number or a list
 * without its end is dropped with its key, because nobody knows what was to follow. It is then
 * marked as truncated.
 *
 * <p>What is valid JSON reads as a strict parser reads it. The text is passed once, without
 * recursion, so the work grows with its length and not with its nesting. Values that lie more than
 * {@value #DEEPEST} levels deep, and what comes after the first {@value #MOST_VALUES} values of an
 * object, are not kept; no answer has use for them.
 */
public final class LenientJson {

  private static final int DEEPEST = 100;
  private static final int MOST_VALUES = 100_000;
  private static final int MOST_FOUND = 16;
  private static final int LONGEST_BARE_KEY = 64;
  private static final int END = -1;

  private static final String DOUBLE_QUOTES = "\"“”„‟＂";
  private static final String SINGLE_QUOTES = "'‘’‚`";
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)(?:[eE][+-]?\\d++)?+");
  private static final Pattern STRICT_NUMBER =
      Pattern.compile("-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?");
  private static final int LONGEST_EXACT_NUMBER = 100;

  /**
   * An object.
   *
   * @param start where its brace opens
   * @param end the place after its last character
   * @param mended whether a strict parser would have refused it
   * @param truncated whether it broke off, so that a member may be lacking
   */
  record Found(JsonObject object, int start, int end, boolean mended, boolean truncated) {}

  private final String text;
  private final Set<String> wanted;
  private final List<Found> whole = new ArrayList<>();
  private final List<Found> partial = new ArrayList<>();
  private final Deque<Frame> open = new ArrayDeque<>();
  private int pos;
  private int repairs;
  private int values;

  private LenientJson(String text, Set<String> wanted) {
    this.text = text;
    this.wanted = wanted;
  }

  /**
   * The objects that hold at least one of the wanted keys, wherever they stand: first those that
   * hold all, in the order in which they begin, then the others. At most 16 of either kind.
   */
  static List<Found> objects(String text, Collection<String> wanted) {
    LenientJson json = new LenientJson(text, Set.copyOf(wanted));
    json.scan();
    Comparator<Found> place = Comparator.comparingInt(Found::start);
    json.whole.sort(place);
    json.partial.sort(place);
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
    while ((pos = text.indexOf('{', pos)) >= 0) {
      if (opensObject(pos)) {
        parse();
      } else {
        pos++;
      }
      if (pos >= text.length()) {
        return;
      }
    }
  }

  /** Whether a brace in prose may open an object: a key or the closing brace follows. */
  private boolean opensObject(int brace) {
    int next = afterSpace(brace + 1);
    int c = at(next);
    return "},/#".indexOf(c) >= 0 || isQuote(c) || bareKeyEnd(next) >= 0;
  }

  /** From an opening brace to its end, or to where it stops being JSON. */
  private void parse() {
    values = 0;
    push(new JsonObject());
    while (!open.isEmpty()) {
      Frame top = open.element();
      boolean keyNext = top.isObject() && top.key == null;
      boolean going = skipSpace() && (keyNext ? key(top) : value(top));
      if (!going) {
        breakOff();
      }
    }
  }

  /** Where a key, a comma or the end of the object may stand. */
  private boolean key(Frame top) {
    int c = at(pos);
    if (c == '}') {
      close();
      return true;
    }
    if (c == ',') {
      comma(top);
      return true;
    }
    if (c == ']' && open.stream().anyMatch(frame -> !frame.isObject())) {
      repairs++;
      closeHere();
      return true;
    }
    String key;
    if (isQuote(c)) {
      key = string(top, true);
    } else {
      int end = bareKeyEnd(pos);
      if (end < 0) {
        return false;
      }
      key = text.substring(pos, end);
      pos = end;
      repairs++;
    }
    if (key == null || !skipSpace() || at(pos) != ':') {
      return false;
    }
    pos++;
    if (!top.comma) {
      repairs++;
    }
    top.key = key;
    return true;
  }

  /** Where a value may stand, or in a list a comma or its end. */
  private boolean value(Frame top) {
    int c = at(pos);
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
        repairs++;
        closeHere();
        return true;
      }
      if (!top.comma) {
        repairs++;
      }
    }
    if (c == '{' || c == '[') {
      if (open.size() >= DEEPEST) {
        return skipDeep();
      }
      push(c == '{' ? new JsonObject() : new JsonArray());
      return true;
    }
    JsonElement value;
    if (isQuote(c)) {
      String string = string(top, false);
      if (string == null) {
        return false;
      }
      value = new JsonPrimitive(string);
    } else {
      value = literal();
      if (value == null) {
        return false;
      }
    }
    add(top, value);
    return true;
  }

  private void push(JsonElement container) {
    open.push(new Frame(container, pos, repairs));
    pos++;
  }

  private void comma(Frame top) {
    boolean first = top.comma;
    if (first) {
      repairs++;
    }
    top.comma = true;
    pos++;
  }

  /** At the character that closes. */
  private void close() {
    Frame top = open.element();
    boolean empty =
        top.isObject()
            ? top.container.getAsJsonObject().isEmpty()
            : top.container.getAsJsonArray().isEmpty();
    if (top.comma && !empty) {
      repairs++;
    }
    pos++;
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
    boolean kept = ++values <= MOST_VALUES;
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

  /** Closes what is open, without the members that are not known to be whole. */
  private void breakOff() {
    boolean whole = false;
    JsonElement inner = JsonNull.INSTANCE;
    while (!open.isEmpty()) {
      Frame top = open.pop();
      if (whole) {
        add(top, inner);
      }
      // A list may lack items, and nothing would tell. An object may lack keys, and its reader
      // will.
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
    int held = 0;
    for (String key : wanted) {
      held += object.has(key) ? 1 : 0;
    }
    List<Found> list = held == wanted.size() ? whole : partial;
    if (held > 0 && list.size() < MOST_FOUND) {
      list.add(
          new Found(
              object, frame.start, pos, truncated || repairs > frame.repairsBefore, truncated));
    }
  }

  /** Passes over a value that lies too deep to be kept. */
  private boolean skipDeep() {
    Frame top = open.element();
    int depth = 0;
    while (pos < text.length()) {
      char c = text.charAt(pos);
      if (c == '"') {
        if (string(top, true) == null) {
          return false;
        }
        continue;
      }
      pos++;
      if (c == '{' || c == '[') {
        depth++;
      } else if ((c == '}' || c == ']') && --depth == 0) {
        repairs++;
        add(top, JsonNull.INSTANCE);
        return true;
      }
    }
    return false;
  }

  /**
   * The string whose quote stands here, or null where the text ends inside of it.
   *
   * @param anyClose whether the next quote of the same kind ends it, whatever follows
   */
  private @Nullable String string(Frame top, boolean anyClose) {
    int opening = at(pos);
    String quotes = DOUBLE_QUOTES.indexOf(opening) >= 0 ? DOUBLE_QUOTES : SINGLE_QUOTES;
    if (opening == '"') {
      quotes = "\"";
    } else {
      repairs++;
    }
    StringBuilder string = new StringBuilder();
    int i = pos + 1;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (c == '\\') {
        i = escape(i + 1, string);
        continue;
      }
      if (quotes.indexOf(c) >= 0) {
        if (anyClose || valueEnds(top, i + 1)) {
          pos = i + 1;
          return string.toString();
        }
        repairs++;
      } else if (c < ' ') {
        repairs++;
      }
      string.append(c);
      i++;
    }
    pos = text.length();
    return null;
  }

  /** Reads what stands after a backslash, and returns the place after it. */
  private int escape(int i, StringBuilder string) {
    int c = at(i);
    switch (c) {
      case END -> {
        return i;
      }
      case '"', '\\', '/' -> string.append((char) c);
      case 'b' -> string.append('\b');
      case 'f' -> string.append('\f');
      case 'n' -> string.append('\n');
      case 'r' -> string.append('\r');
      case 't' -> string.append('\t');
      case 'u' -> {
        int unit = hex(i + 1);
        if (unit >= 0) {
          string.append((char) unit);
          return i + 5;
        }
        repairs++;
        string.append("\\u");
      }
      default -> {
        repairs++;
        // "\_" is an underscore that was protected from Markdown; "\d" was meant as it stands.
        if (Character.isLetterOrDigit(c)) {
          string.append('\\');
        }
        string.append((char) c);
      }
    }
    return i + 1;
  }

  private int hex(int i) {
    int unit = 0;
    for (int k = i; k < i + 4; k++) {
      int digit = k < text.length() ? Character.digit(text.charAt(k), 16) : -1;
      if (digit < 0 || text.charAt(k) > 'f') {
        return -1;
      }
      unit = unit * 16 + digit;
    }
    return unit;
  }

  /** Whether a quote is the end of a value, to judge by what follows, or stands in its text. */
  private boolean valueEnds(Frame top, int from) {
    int next = afterSpace(from);
    int c = at(next);
    return switch (c) {
      case END, '}', ']' -> true;
      case ',' -> top.isObject() ? keyFollows(next + 1) : itemFollows(next + 1);
      case '/' -> at(next + 1) == '/' || at(next + 1) == '*';
      case '#' -> next > from;
      case '`' -> text.startsWith("```", next);
      default -> isQuote(c) && top.isObject() && quotedKeyAt(next);
    };
  }

  private boolean keyFollows(int from) {
    int next = afterSpace(from);
    int c = at(next);
    return c == END || isQuote(c) || "},/#".indexOf(c) >= 0 || bareKeyEnd(next) >= 0;
  }

  private boolean itemFollows(int from) {
    int next = afterSpace(from);
    int c = at(next);
    return c == END
        || isQuote(c)
        || "{[]},/#-".indexOf(c) >= 0
        || (c >= '0' && c <= '9')
        || text.startsWith("true", next)
        || text.startsWith("false", next)
        || text.startsWith("null", next);
  }

  /** Whether a short string and a colon stand here, so that a comma was forgotten before. */
  private boolean quotedKeyAt(int i) {
    int last = Math.min(text.length() - 1, i + LONGEST_BARE_KEY);
    for (int k = i + 1; k <= last; k++) {
      if (isQuote(text.charAt(k))) {
        return at(afterSpace(k + 1)) == ':';
      }
    }
    return false;
  }

  /** The end of a name that is followed by a colon, or -1. */
  private int bareKeyEnd(int i) {
    int end = i;
    while (end < text.length()
        && end - i < LONGEST_BARE_KEY
        && (Character.isLetterOrDigit(text.charAt(end)) || "_$-".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end > i && at(afterSpace(end)) == ':' ? end : -1;
  }

  /** A number or a name; null where there is none, or where the text ends right behind it. */
  private @Nullable JsonElement literal() {
    int end = pos;
    while (end < text.length()) {
      char c = text.charAt(end);
      boolean part = (c < 128 && Character.isLetterOrDigit(c)) || "+-._".indexOf(c) >= 0;
      if (!part) {
        break;
      }
      end++;
    }
    if (end == text.length()) {
      // "0.9" may have been the beginning of "0.95".
      pos = end;
      return null;
    }
    String token = text.substring(pos, end);
    JsonElement value =
        switch (token.toLowerCase(Locale.ROOT)) {
          case "true" -> new JsonPrimitive(true);
          case "false" -> new JsonPrimitive(false);
          case "null", "none", "undefined" -> JsonNull.INSTANCE;
          case "nan", "infinity", "-infinity" -> new JsonPrimitive(token);
          default -> NUMBER.matcher(token).matches() ? number(token) : null;
        };
    if (value == null) {
      return null;
    }
    boolean strict =
        token.equals("true")
            || token.equals("false")
            || token.equals("null")
            || STRICT_NUMBER.matcher(token).matches();
    if (!strict) {
      repairs++;
    }
    pos = end;
    return value;
  }

  /** Numbers without end are read as the nearest double, since exact ones would take ages. */
  private static JsonElement number(String token) {
    if (token.length() <= LONGEST_EXACT_NUMBER) {
      try {
        return new JsonPrimitive(new BigDecimal(token));
      } catch (NumberFormatException e) {
        // Its exponent is out of all bounds, which a double bears.
      }
    }
    return new JsonPrimitive(Double.parseDouble(token));
  }

  /** Goes on to the next character that counts; false at the end of the text or of its fence. */
  private boolean skipSpace() {
    while (pos < text.length()) {
      char c = text.charAt(pos);
      if (isSpace(c)) {
        pos++;
      } else if (c == '#' || text.startsWith("//", pos)) {
        int end = text.indexOf('\n', pos);
        pos = end < 0 ? text.length() : end + 1;
        repairs++;
      } else if (text.startsWith("/*", pos)) {
        int end = text.indexOf("*/", pos + 2);
        pos = end < 0 ? text.length() : end + 2;
        repairs++;
      } else {
        return !text.startsWith("```", pos);
      }
    }
    return false;
  }

  private int afterSpace(int i) {
    int next = i;
    while (next < text.length() && isSpace(text.charAt(next))) {
      next++;
    }
    return next;
  }

  private int at(int i) {
    return i < text.length() ? text.charAt(i) : END;
  }

  private static boolean isQuote(int c) {
    return c != END && (DOUBLE_QUOTES.indexOf(c) >= 0 || SINGLE_QUOTES.indexOf(c) >= 0);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || c == '\u00a0' || c == '\u200b' || c == '\ufeff';
  }
}
