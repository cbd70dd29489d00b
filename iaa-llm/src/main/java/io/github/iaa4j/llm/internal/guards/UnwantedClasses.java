package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords.Mention;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.List;
import java.util.regex.Pattern;

/**
 * No class of the data set but the labels is named. A clause that names one, or asks for a style,
 * is dropped unless it names a label too.
 */
final class UnwantedClasses implements PromptRule {

  /** What refers to an earlier clause, and means nothing without it. */
  private static final Pattern REFERENCE =
      Pattern.compile("\\b(?:it|him|her|them|its|his|their|who|which|that)\\b");

  private final PhotoStyle style;
  private final SceneSetting setting;

  UnwantedClasses(PhotoStyle style, SceneSetting setting) {
    this.style = style;
    this.setting = setting;
  }

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    return prompt.mentions().stream()
        .filter(mention -> !prompt.context().isLabel(mention))
        .map(Mention::className)
        .distinct()
        .map(
            name ->
                new Finding(
                    Rule.UNWANTED_CLASS,
                    List.of(name),
                    "Leave out the " + prompt.context().words().spoken(name) + "."))
        .toList();
  }

  @Override
  public String repair(PromptContext context, String text) {
    StringBuilder kept = new StringBuilder();
    boolean isFirst = true;
    boolean isAfterDropped = false;
    for (String clause : English.clauses(text)) {
      List<Mention> mentions = context.mentions(clause);
      boolean hasStyle = !style.firstWord(clause, mentions).isEmpty();
      boolean isUnwanted = hasStyle || !mentions.stream().allMatch(context::isLabel);
      boolean isWanted = mentions.stream().anyMatch(context::isLabel);
      if (isUnwanted && (isWanted || isFirst)) {
        return text;
      }
      if (isUnwanted) {
        String where = hasStyle ? "" : setting.of(context, clause);
        kept.append(where.isEmpty() ? "" : " " + where);
      } else if (isWanted || !isAfterDropped || !REFERENCE.matcher(clause).find()) {
        kept.append(clause);
      }
      isAfterDropped = isUnwanted;
      isFirst = false;
    }
    return kept.toString();
  }
}
