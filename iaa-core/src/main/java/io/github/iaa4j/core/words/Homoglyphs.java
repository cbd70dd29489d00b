package io.github.iaa4j.core.words;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.HashMap;
import java.util.Map;

/**
 * Characters of other scripts, and digits inside a word, that look like Latin letters. {@code
 * homoglyphs.txt} beside this class holds them and says where they are from; letters with accents
 * are decomposed by {@link Normalizer}.
 *
 * <p>All methods may be called from any thread.
 */
public final class Homoglyphs {

  private static final Map<Character, Character> LATIN = table();

  private Homoglyphs() {}

  /**
   * The Latin letter, in lower case, that a character looks like; an apostrophe, hyphen or space
   * for the characters that look like one. The character itself, in lower case and without its
   * accents, where there is none. Digits stay.
   */
  public static char latin(char character) {
    char c = Character.toLowerCase(character);
    if (c == '’' || c == '‘' || c == 'ʼ') {
      return '\'';
    }
    if (Character.getType(c) == Character.DASH_PUNCTUATION) {
      return '-';
    }
    if (Character.isSpaceChar(c)) {
      return ' ';
    }
    if (Character.isDigit(c)) {
      return c;
    }
    Character latin = LATIN.get(c);
    if (latin != null) {
      return latin;
    }
    char base = Normalizer.normalize(String.valueOf(c), Normalizer.Form.NFD).charAt(0);
    return LATIN.getOrDefault(base, base);
  }

  /** A text in Latin letters and lower case, of the same length, so that places stay the same. */
  static String fold(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      char c = Character.toLowerCase(chars[i]);
      chars[i] = c >= 0x80 ? latin(c) : c;
    }
    return new String(chars);
  }

  /** The folded text with letters for the digits that stand between two letters, as in d0g. */
  static String foldDigits(String folded) {
    char[] chars = folded.toCharArray();
    for (int i = 1; i + 1 < chars.length; i++) {
      if (Character.isDigit(chars[i])
          && Character.isLetter(chars[i - 1])
          && Character.isLetter(chars[i + 1])) {
        chars[i] = LATIN.getOrDefault(chars[i], chars[i]);
      }
    }
    return new String(chars);
  }

  private static Map<Character, Character> table() {
    Map<Character, Character> table = new HashMap<>();
    try (InputStream in = Homoglyphs.class.getResourceAsStream("homoglyphs.txt")) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks homoglyphs.txt");
      }
      new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(
              line -> {
                String alike = line.substring(line.indexOf(':') + 1).strip();
                alike.chars().forEach(c -> table.put((char) c, line.charAt(0)));
              });
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Map.copyOf(table);
  }
}
