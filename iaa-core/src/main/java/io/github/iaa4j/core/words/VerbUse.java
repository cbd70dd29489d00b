package io.github.iaa4j.core.words;

import java.util.regex.Pattern;

/** Distinguishes a verb from the noun with the same spelling: "dogs that train" show no train. */
final class VerbUse {

  /** What a verb in its base form follows. */
  private static final Pattern BEFORE_BASE_FORM =
      Pattern.compile(
          "(?:^|[^\\p{L}])(?:to|they|we|you|who|that|can|could|will|would|must|should|may|people|men"
              + "|women|children|\\p{L}{2,}[^s\\P{L}]s) +$");

  /** The exceptions: here a noun follows. */
  private static final Pattern BEFORE_NOUN =
      Pattern.compile(
          "(?:^|[^\\p{L}])(?:its|his|this|\\p{L}*'s|\\p{L}*ss|\\p{L}*us"
              // "A goods train": with an article, what ends in s is no subject.
              + "|(?:a|an|one|another) (?!(?:few|dozen|couple|hundred|thousand|lot|pair|number|group"
              + "|photo|picture|image)\\b)(?:\\p{L}+[ -])?\\p{L}*s"
              + "|(?:next|close|opposite|in front of|behind|near|beside|under|on) (?:to|that)) +$");

  /** The objects that a verb ending in s takes. */
  private static final Pattern AFTER_S_FORM =
      Pattern.compile("^ +(?:a|an|the|his|her|its|their|him|it|them|hard)(?!\\p{L}).*");

  private VerbUse() {}

  /**
   * Whether a word is a verb here.
   *
   * @param before the text before the word, in lower case
   * @param after the text after it, in lower case
   * @param isBaseForm false for "trains"
   */
  static boolean matches(String before, String after, boolean isBaseForm) {
    return isBaseForm
        ? BEFORE_BASE_FORM.matcher(before).find() && !BEFORE_NOUN.matcher(before).find()
        : AFTER_S_FORM.matcher(after.replace('\n', ' ')).matches();
  }
}
