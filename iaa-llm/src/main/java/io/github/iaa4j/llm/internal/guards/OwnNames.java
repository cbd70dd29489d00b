package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.words.ClassWords.Mention;
import java.util.List;

/**
 * A label that is named by other words alone is named by its own: image models and classifiers know
 * a class by its name.
 */
final class OwnNames implements PromptRule {

  @Override
  public String repair(PromptContext context, String text) {
    String repaired = text;
    for (String label : context.labels()) {
      repaired = repair(context, repaired, label);
    }
    return repaired;
  }

  private static String repair(PromptContext context, String text, String label) {
    List<Mention> mentions =
        context.mentions(text).stream()
            .filter(mention -> mention.className().equals(label) && mention.certain())
            .toList();
    if (mentions.isEmpty() || mentions.stream().anyMatch(Mention::own)) {
      return text;
    }
    Mention first = mentions.get(0);
    String before = text.substring(0, first.start());
    String after = text.substring(first.end());
    if (first.plural()) {
      return before + context.words().plural(label) + after;
    }
    String name = context.words().spoken(label);
    return English.withArticleFor(name, before) + name + after;
  }
}
