package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Detects whether a text says that something is not there: "no dog", "without a single small cat".
 */
final class Denial {

  private static final String NEGATION =
      "(?:\\b(?:no|not|without|never|nor|neither|(?<!-)zero(?! emissions?\\b)|lacks|lacking|missing"
          + "|minus|absence of|devoid of|free of|empty of|instead of)|n['’]t)";

  /** Another thing or an action: the negation is about that. */
  private static final String OTHER =
      "(?:a|an|the|and|with|but|only|just|near|far|around|of|to|for|by|from|over|through|across|along"
          + "|while|as|where|that|which|who|is|are|was|were|in|on|at|beside|behind|under|between|next"
          + "|sit|stand|lie|past|towards?|into|onto|against|inside|outside|above|below|before|after"
          + "|than|more|fewer|\\p{L}+s|\\p{L}+ing)\\b";

  /** Any two words between, or more if they only determine or describe the noun. */
  private static final Pattern BEFORE_DENIED =
      Pattern.compile(
          NEGATION
              + "(?:(?: \\p{L}+){0,2}"
              + "|(?: (?:a|an|the|any|one|single|even|its|his|her|their))*+"
              + "(?: (?!"
              + OTHER
              + ")\\p{L}+){0,4}) $");

  private Denial() {}

  static boolean isDenied(String text, Mention mention) {
    return BEFORE_DENIED
        .matcher(text.substring(0, mention.start()).toLowerCase(Locale.ROOT))
        .find();
  }
}
