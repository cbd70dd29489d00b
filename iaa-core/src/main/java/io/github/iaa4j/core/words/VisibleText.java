package io.github.iaa4j.core.words;

import java.text.Normalizer;
import java.util.regex.Pattern;

/** A text as a reader sees it. */
final class VisibleText {

  /** A space without width either separates words or hides a word in pieces. */
  private static final Pattern GAP_BETWEEN_WORDS =
      Pattern.compile("(?<=\\p{L}{3})\\x{200B}(?=\\p{L}{3})");

  private static final Pattern INVISIBLE = Pattern.compile("[\\p{Cf}\\x{FE00}-\\x{FE0F}\\x{34F}]");

  /** What composition left: no Latin letter has these accents. */
  private static final Pattern STACKED_ACCENTS = Pattern.compile("(?<=\\p{IsLatin})\\p{Mn}+");

  private static final Pattern SPELLED_OUT =
      Pattern.compile(
          "(?<![\\p{L}\\p{N}'])([Aa] )?((?:\\p{L}[ .·*_\\p{Pd}]){2,}\\p{L})(?![\\p{L}\\p{N}'])");
  private static final Pattern NO_LETTER = Pattern.compile("\\P{L}");

  private VisibleText() {}

  /** As {@link ClassWords#clean} says. */
  static String of(String text) {
    String visible = Normalizer.normalize(text, Normalizer.Form.NFKC);
    visible = GAP_BETWEEN_WORDS.matcher(visible).replaceAll(" ");
    visible = INVISIBLE.matcher(visible).replaceAll("");
    visible = STACKED_ACCENTS.matcher(visible).replaceAll("");
    return SPELLED_OUT
        .matcher(visible)
        .replaceAll(
            word ->
                (word.group(1) == null ? "" : word.group(1))
                    + NO_LETTER.matcher(word.group(2)).replaceAll(""));
  }
}
