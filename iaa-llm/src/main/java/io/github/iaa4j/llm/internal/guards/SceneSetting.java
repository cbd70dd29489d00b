package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Finds where a text says that its scene is, as {@code in a snowy wood}. */
final class SceneSetting {

  private static final Pattern SETTING =
      Pattern.compile(
          "\\b(?:in|on|at|under|near|over|across|along|by|through|against|during) .+",
          Pattern.CASE_INSENSITIVE);

  private final PlainWords plain;
  private final PhotoStyle style;

  SceneSetting(PlainWords plain, PhotoStyle style) {
    this.plain = plain;
    this.style = style;
  }

  /** The setting, up to the clause that names a class or a style; may be empty. */
  String of(PromptContext context, String text) {
    Matcher setting = SETTING.matcher(plain.repair(context, text));
    if (!setting.find()) {
      return "";
    }
    StringBuilder kept = new StringBuilder();
    for (String clause : English.clauses(English.sentences(setting.group()).get(0))) {
      List<Mention> mentions = context.mentions(clause);
      if (!mentions.isEmpty() || !style.firstWord(clause, mentions).isEmpty()) {
        break;
      }
      kept.append(clause);
    }
    return English.withoutTrailingMarks(English.withoutDanglingWords(kept));
  }
}
