package io.github.iaa4j.llm.internal.guards;

import java.util.Comparator;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds the phrases of a list as whole words. */
final class PhraseList {

  private PhraseList() {}

  /** Matches any of the phrases in lower case, hyphenated or in plural too. */
  static Pattern pattern(List<String> phrases) {
    return Pattern.compile(
        phrases.stream()
            .sorted(Comparator.comparingInt(String::length).reversed())
            .map(phrase -> phrase.replace(" ", "[ -]"))
            .collect(
                Collectors.joining("|", "(?<![\\p{L}\\p{N}])(?:", ")(?:e?s)?(?![\\p{L}\\p{N}])")));
  }
}
