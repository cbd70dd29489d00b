package io.github.iaa4j.core.words;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A noun or a phrase that ends in one, in lower case.
 *
 * @param singular such as {@code bus stop}
 * @param plural such as {@code bus stops}; the same where there is one form for both
 * @param alsoA what else the word is: {@code train} is a verb too. {@link PartOfSpeech#NOUN} if
 *     nothing else
 */
record Term(String singular, String plural, PartOfSpeech alsoA) {

  enum PartOfSpeech {
    NOUN,
    VERB,
    ADJECTIVE
  }

  /** Holds a letter or digit, and nothing that has a meaning in a file of class words. */
  private static final String NAME = "(?=[^/()\\[\\]:,]*[\\p{L}\\p{N}])[^/()\\[\\]:,]+?";

  private static final Pattern PLAIN = Pattern.compile(NAME);
  private static final Pattern FORM =
      Pattern.compile("(" + NAME + ")(?:/(" + NAME + "))?(?: *\\((verb|adjective)\\))?");

  /** With the regular plural. */
  static Term regular(String singular) {
    return new Term(singular, regularPlural(singular), PartOfSpeech.NOUN);
  }

  /**
   * The term that a file writes as {@code man/men} or {@code duck (verb)}; null if it is no term.
   *
   * @param written in lower case, without blanks around it
   */
  static @Nullable Term parse(String written) {
    Matcher form = FORM.matcher(written);
    if (!form.matches()) {
      return null;
    }
    String singular = form.group(1).strip();
    String plural = form.group(2);
    String alsoA = form.group(3);
    return new Term(
        singular,
        plural == null ? regularPlural(singular) : plural.strip(),
        "verb".equals(alsoA)
            ? PartOfSpeech.VERB
            : "adjective".equals(alsoA) ? PartOfSpeech.ADJECTIVE : PartOfSpeech.NOUN);
  }

  /** Whether a text can be one form of a term. */
  static boolean isForm(String text) {
    return PLAIN.matcher(text).matches();
  }

  Term withPlural(String other) {
    return new Term(singular, other, alsoA);
  }

  /** As in the file. A checksum of this is recorded with runs, so it stays as it is. */
  @Override
  public String toString() {
    return singular
        + "/"
        + plural
        + switch (alsoA) {
          case NOUN -> "";
          case VERB -> " (verb)";
          case ADJECTIVE -> " (adjective)";
        };
  }

  private static String regularPlural(String noun) {
    if (noun.matches(".*(?:s|x|z|ch|sh)")) {
      return noun + "es";
    }
    return noun.matches(".*[^aeiou]y") ? noun.substring(0, noun.length() - 1) + "ies" : noun + "s";
  }
}
