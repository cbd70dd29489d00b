package io.github.iaa4j.core.words;

import java.util.regex.Pattern;

/** Distinguishes an adjective from the noun with the same spelling: an orange cat is no fruit. */
final class AdjectiveUse {

  private static final String COLOUR =
      "(?:red|blue|green|yellow|purple|brown|black|white|grey|gray|pink|golden|gold|orange)";

  /** What follows a noun. An adjective is followed by any other word. */
  private static final Pattern AFTER_NOUN =
      Pattern.compile(
          "^ +(?:and|or|in|on|at|with|is|are|near|by|under|over|lies|lie|sits|sit|beside|behind|next"
              + "|from|to|of|that|which|while|as|for|between|inside|hangs|rests|stands|rolls|falls"
              + "|against|above|below|beneath|alongside|surrounded|placed|lying|resting|sitting|being"
              + "|left|right|the|a|an)(?!\\p{L}).*");

  private static final Pattern ANY_WORD = Pattern.compile("(?s) \\p{L}.*");
  private static final Pattern AND_A_COLOUR =
      Pattern.compile("^ (?:and|or) " + COLOUR + "(?!\\p{L}).*");
  private static final Pattern BEFORE_ADJECTIVE =
      Pattern.compile(
          "(?:^|[^\\p{L}])(?:is|are|glows|glow|turns|turn|turned|painted|dyed|in|"
              + COLOUR
              + " and) $");

  private AdjectiveUse() {}

  /**
   * Whether a word is an adjective here.
   *
   * @param before the text before the word, in lower case
   * @param after the text after it, in lower case
   */
  static boolean matches(String before, String after) {
    String line = after.replace('\n', ' ');
    return (ANY_WORD.matcher(after).matches() && !AFTER_NOUN.matcher(line).matches())
        || AND_A_COLOUR.matcher(line).matches()
        || BEFORE_ADJECTIVE.matcher(before).find();
  }
}
