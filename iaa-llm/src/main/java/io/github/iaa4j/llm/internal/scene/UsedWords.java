package io.github.iaa4j.llm.internal.scene;

import io.github.iaa4j.core.words.ClassWords;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Sums up many earlier prompts in a few words, as a small model's context has no room for more. */
public final class UsedWords {

  private static final Pattern WORD = Pattern.compile("\\p{L}{4,}");
  private static final Set<String> COMMON_WORDS =
      Set.of(
          "photo", "picture", "image", "scene", "with", "from", "that", "which", "while", "their",
          "there", "near", "next", "beside", "under", "over", "into", "onto", "seen", "large",
          "small", "stands", "sits");

  private UsedWords() {}

  /**
   * The words that are in most of the texts, and in at least two, most frequent first, as {@code
   * beach, sunset, running}; empty where no word is in two. The labels' own words are left out.
   *
   * @param limit the most words
   */
  public static String of(
      List<String> texts, List<String> labels, ClassWords classWords, int limit) {
    Set<String> own = new HashSet<>();
    for (String label : labels) {
      for (String words : classWords.allWords(label)) {
        for (String word : words.split(" ", -1)) {
          own.add(word);
          own.add(word + "s");
        }
      }
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (String text : texts) {
      WORD.matcher(text.toLowerCase(Locale.ROOT))
          .results()
          .map(MatchResult::group)
          .distinct()
          .filter(word -> !own.contains(word) && !COMMON_WORDS.contains(word))
          .forEach(word -> counts.merge(word, 1, Integer::sum));
    }
    return counts.entrySet().stream()
        .filter(count -> count.getValue() > 1)
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(limit)
        .map(Map.Entry::getKey)
        .collect(Collectors.joining(", "));
  }
}
