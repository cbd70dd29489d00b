package io.github.iaa4j.llm.internal.json;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the strings, literals and white space of JSON as models write it, and counts what it
 * repairs.
 */
final class LenientLexer {

  /** What {@link #at} returns after the last character. */
  static final int END = -1;

  private static final int MAX_BARE_KEY = 64;
  private static final String DOUBLE_QUOTES = "\"“”„‟＂";
  private static final String SINGLE_QUOTES = "'‘’‚`";
  private static final Pattern NUMBER =
      Pattern.compile("[+-]?(?:\\d++(?:\\.\\d*+)?+|\\.\\d++)(?:[eE][+-]?\\d++)?+");
  private static final Pattern STRICT_NUMBER =
      Pattern.compile("-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?");
  private static final int MAX_EXACT_NUMBER = 100;

  private final String text;

  /** The index of the next character, which the parser moves as well. */
  int pos;

  /** What a strict parser would have refused so far. */
  int repairs;

  LenientLexer(String text) {
    this.text = text;
  }

  /**
   * Reads the string whose quote is here; null if the text ends inside it.
   *
   * @param inObject whether it is a key or a value of an object, rather than an item of a list
   * @param anyClose whether the next quote of the same kind ends it, whatever follows
   */
  @Nullable String string(boolean inObject, boolean anyClose) {
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
        if (anyClose || valueEnds(inObject, i + 1)) {
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

  /** Reads what follows a backslash; returns the index after it. */
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

  /** Whether a quote ends a value, judging by what follows, rather than being part of it. */
  private boolean valueEnds(boolean inObject, int from) {
    int next = afterSpace(from);
    int c = at(next);
    return switch (c) {
      case END, '}', ']' -> true;
      case ',' -> inObject ? keyFollows(next + 1) : itemFollows(next + 1);
      case '/' -> at(next + 1) == '/' || at(next + 1) == '*';
      case '#' -> next > from;
      case '`' -> text.startsWith("```", next);
      default -> isQuote(c) && inObject && quotedKeyAt(next);
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

  /** Whether a short string and a colon follow, so that a comma was forgotten before them. */
  private boolean quotedKeyAt(int i) {
    int last = Math.min(text.length() - 1, i + MAX_BARE_KEY);
    for (int k = i + 1; k <= last; k++) {
      if (isQuote(text.charAt(k))) {
        return at(afterSpace(k + 1)) == ':';
      }
    }
    return false;
  }

  /** The end of a name that is followed by a colon, or -1. */
  int bareKeyEnd(int i) {
    int end = i;
    while (end < text.length()
        && end - i < MAX_BARE_KEY
        && (Character.isLetterOrDigit(text.charAt(end)) || "_$-".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end > i && at(afterSpace(end)) == ':' ? end : -1;
  }

  /** Reads a number or a name; null if there is none, or if the text ends right after it. */
  @Nullable JsonElement literal() {
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

  /** Very long numbers are read as the nearest double, since exact ones would take too long. */
  private static JsonElement number(String token) {
    if (token.length() <= MAX_EXACT_NUMBER) {
      try {
        return new JsonPrimitive(new BigDecimal(token));
      } catch (NumberFormatException e) {
        // Its exponent is out of range, which a double can represent as infinity or zero.
      }
    }
    return new JsonPrimitive(Double.parseDouble(token));
  }

  /** Skips to the next significant character; false at the end of the text or of its fence. */
  boolean skipSpace() {
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

  int afterSpace(int i) {
    int next = i;
    while (next < text.length() && isSpace(text.charAt(next))) {
      next++;
    }
    return next;
  }

  /** A character, or {@link #END}. */
  int at(int i) {
    return i < text.length() ? text.charAt(i) : END;
  }

  static boolean isQuote(int c) {
    return c != END && (DOUBLE_QUOTES.indexOf(c) >= 0 || SINGLE_QUOTES.indexOf(c) >= 0);
  }

  private static boolean isSpace(char c) {
    return Character.isWhitespace(c) || c == '\u00a0' || c == '\u200b' || c == '\ufeff';
  }
}
