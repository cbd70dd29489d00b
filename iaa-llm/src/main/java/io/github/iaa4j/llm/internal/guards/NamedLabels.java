package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import io.github.iaa4j.core.words.ClassWords.Mention;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Each label is named, not denied, and not named over and over. A missing one is added. */
final class NamedLabels implements PromptRule {

  private static final int MAX_MENTIONS = 2;

  private final SceneSetting setting;

  NamedLabels(SceneSetting setting) {
    this.setting = setting;
  }

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    List<Finding> findings = new ArrayList<>();
    for (String label : prompt.context().labels()) {
      String name = prompt.context().words().spoken(label);
      List<Mention> mentions =
          prompt.mentions().stream().filter(m -> m.className().equals(label)).toList();
      if (mentions.stream().noneMatch(Mention::certain)) {
        findings.add(new Finding(Rule.LABEL_MISSING, List.of(label), "Name the " + name + "."));
      }
      if (mentions.stream().anyMatch(mention -> Denial.isDenied(prompt.text(), mention))) {
        findings.add(
            new Finding(Rule.NEGATED, List.of(label), "Do not say that there is no " + name + "."));
      }
      if (mentions.size() > MAX_MENTIONS) {
        findings.add(new Finding(Rule.STUTTER, List.of(label), "Name the " + name + " once."));
      }
    }
    return findings;
  }

  @Override
  public String repair(PromptContext context, String text) {
    List<String> missing = context.missingFrom(text);
    if (missing.isEmpty()) {
      return text;
    }
    if (missing.size() == context.labels().size()) {
      // The text is about something else; only its setting can be kept.
      String template = TemplatePromptAgent.template(missing, context.words()).text();
      String where = setting.of(context, text);
      return where.isEmpty() ? template : template + " " + where;
    }
    return missing.stream()
        .map(context.words()::one)
        .collect(Collectors.joining(" and ", text + ", with ", ""));
  }
}
