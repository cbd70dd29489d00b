package io.github.iaa4j.core.words;

import java.util.regex.Pattern;

/** The indefinite article, by the sound that a noun begins with. */
final class Article {

  private static final Pattern CONSONANT_SOUND = Pattern.compile("(?:uni|eu|one\\b|use).*");
  private static final Pattern VOWEL_SOUND = Pattern.compile("[aeiou].*|hour.*|honest.*");

  private Article() {}

  static String before(String noun) {
    return VOWEL_SOUND.matcher(noun).matches() && !CONSONANT_SOUND.matcher(noun).matches()
        ? "an "
        : "a ";
  }
}
