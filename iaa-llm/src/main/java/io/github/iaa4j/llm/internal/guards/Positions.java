package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import io.github.iaa4j.llm.internal.text.Template;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Of several objects, it says where each stands. */
final class Positions implements PromptRule {

  private static final Pattern POSITION = PhraseList.pattern(Template.lines("place-words.txt"));

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    return prompt.context().labels().size() > 1
            && !POSITION.matcher(prompt.text().toLowerCase(Locale.ROOT)).find()
        ? List.of(
            new Finding(
                Rule.NOT_PLACED,
                "Say where each stands: left, right, in front, or beside another."))
        : List.of();
  }
}
