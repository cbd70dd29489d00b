package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** No word comes again and again. Phrases that are repeated at once, as small models do, go. */
final class Repetition implements PromptRule {

  private static final int MAX_OCCURRENCES = 2;
  private static final Pattern REPEATED_PHRASE =
      Pattern.compile(
          "\\b(\\p{L}+(?:[ ,]+\\p{L}+){0,6}?)(?:[ ,]+\\1\\b)++", Pattern.CASE_INSENSITIVE);

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    Map<String, Long> counts =
        English.contentWords(prompt.text()).stream()
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .filter(count -> count.getValue() > MAX_OCCURRENCES)
        .map(count -> repeated(count.getKey()))
        .toList();
  }

  private static Finding repeated(String word) {
    return new Finding(Rule.STUTTER, List.of(word), "Do not repeat the word " + word + ".");
  }

  @Override
  public String repair(PromptContext context, String text) {
    return REPEATED_PHRASE.matcher(text).replaceAll("$1");
  }
}
