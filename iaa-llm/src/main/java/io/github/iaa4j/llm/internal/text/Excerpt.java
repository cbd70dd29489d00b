package io.github.iaa4j.llm.internal.text;

import java.util.regex.Pattern;

/** Shows what a model wrote, to people or to the model, as data and nothing but data. */
public final class Excerpt {

  private static final int SHORT = 60;
  private static final Pattern SPACE = Pattern.compile("[\\s\\p{Cc}\\p{Cf}]+");
  private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n\\t]]+");

  /** The first character of what chat templates take for a turn: {@code <|im_start|>, [INST]}. */
  private static final Pattern MARK = Pattern.compile("([<\\[])(?=[|/\\p{L}])");

  private Excerpt() {}

  /** A short piece on one line between quotes, for a sentence. */
  public static String of(String text) {
    String head = text.length() > 4 * SHORT ? text.substring(0, 4 * SHORT) : text;
    String line = SPACE.matcher(head).replaceAll(" ").strip().replace('"', '\'');
    return '"'
        + cut(MARK.matcher(line).replaceAll("$1 "), SHORT, text.length() > head.length())
        + '"';
  }

  /**
   * A longer piece with its lines, for a turn of its own.
   *
   * @param longest the most characters
   */
  public static String turn(String text, int longest) {
    String head = text.length() > longest ? text.substring(0, longest) : text;
    String shown = MARK.matcher(CONTROL.matcher(head).replaceAll(" ")).replaceAll("$1 ");
    return cut(shown, longest, text.length() > longest);
  }

  private static String cut(String text, int longest, boolean more) {
    if (text.length() <= longest) {
      return more ? text + "…" : text;
    }
    int end = Character.isHighSurrogate(text.charAt(longest - 1)) ? longest - 1 : longest;
    return text.substring(0, end) + "…";
  }
}
