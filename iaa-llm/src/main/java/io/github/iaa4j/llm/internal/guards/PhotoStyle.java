package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords.Mention;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.List;
import java.util.Locale;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A photo is asked for: no text in the image, no collage, no style. "A watercolor of a cat" becomes
 * a photo of it, and "a cartoon cat" a cat.
 */
final class PhotoStyle implements PromptRule {

  private static final Pattern WORD = PhraseList.pattern(Template.lines("style-words.txt"));
  private static final Pattern OPENING =
      Pattern.compile(
          "^(?:(?:an?|the) )?(?:[\\p{L}\\p{N}-]+ ){0,3}?"
              + WORD.pattern()
              + "(?: [\\p{L}-]+)? of (?=\\p{L})",
          Pattern.CASE_INSENSITIVE);

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    String found = firstWord(prompt.text(), prompt.mentions());
    return found.isEmpty()
        ? List.of()
        : List.of(
            new Finding(
                Rule.STYLE,
                List.of(found),
                "Describe a photo without the word \"" + found + "\"."));
  }

  /** The first word of style that is not part of a class's name; empty if there is none. */
  String firstWord(String text, List<Mention> mentions) {
    return WORD.matcher(text.toLowerCase(Locale.ROOT))
        .results()
        .filter(
            found ->
                mentions.stream()
                    .noneMatch(m -> m.start() <= found.start() && m.end() >= found.end()))
        .map(MatchResult::group)
        .findFirst()
        .orElse("");
  }

  @Override
  public String repair(PromptContext context, String text) {
    String repaired = OPENING.matcher(text).replaceFirst("a photo of ");
    for (Mention mention : context.mentions(repaired)) {
      String before = repaired.substring(0, mention.start());
      int start = startOfLastWord(before);
      if (start >= 0) {
        String noun = repaired.substring(mention.start());
        return English.withArticleFor(noun, before.substring(0, start)) + noun;
      }
    }
    return repaired;
  }

  /** Where the style word starts that a text ends with, or -1. */
  private static int startOfLastWord(String text) {
    Matcher matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
    int start = -1;
    while (matcher.find()) {
      start = text.substring(matcher.end()).isBlank() ? matcher.start() : start;
    }
    return start;
  }
}
