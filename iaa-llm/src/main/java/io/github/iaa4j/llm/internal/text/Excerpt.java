package io.github.iaa4j.llm.internal.text;

import java.util.regex.Pattern;

/** Quotes what a model wrote, to people or to the model, so that it is nothing but data. */
public final class Excerpt {

  private static final int MAX_SHORT = 60;
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Cc}\\p{Cf}]+");
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n\\t]]+");

  /**
   * The first character of what chat templates take for a message: {@code <|im_start|>, [INST]}.
   */
  private static final Pattern MARK = Pattern.compile("([<\\[])(?=[|/\\p{L}])");

  private Excerpt() {}

  /** A short piece on one line between quotes, for a sentence. */
  public static String of(String text) {
    String head = text.length() > 4 * MAX_SHORT ? text.substring(0, 4 * MAX_SHORT) : text;
    String line = SPACE.matcher(head).replaceAll(" ").strip().replace('"', '\'');
    return '"'
        + cut(MARK.matcher(line).replaceAll("$1 "), MAX_SHORT, text.length() > head.length())
        + '"';
  }

  /**
   * A longer piece with its lines, for a message of its own.
   *
   * @param maxLength in characters
   */
  public static String message(String text, int maxLength) {
    String head = text.length() > maxLength ? text.substring(0, maxLength) : text;
    String shown = MARK.matcher(CONTROL.matcher(head).replaceAll(" ")).replaceAll("$1 ");
    return cut(shown, maxLength, text.length() > maxLength);
  }

  private static String cut(String text, int maxLength, boolean more) {
    if (text.length() <= maxLength) {
      return more ? text + "…" : text;
    }
    int end = Character.isHighSurrogate(text.charAt(maxLength - 1)) ? maxLength - 1 : maxLength;
    return text.substring(0, end) + "…";
  }
}
