package io.github.iaa4j.core.prompt;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The bare template y0, such as {@code a photo of a cat and a dog}: what the agents start from, and
 * the baseline that they are measured against.
 */
public final class TemplatePromptAgent implements PromptAgent {

  /** An agent; it has no options. */
  public TemplatePromptAgent() {}

  /** The template's prompt for these labels. */
  public static Prompt template(List<String> labels) {
    return new Prompt(
        labels.stream()
            .map(label -> ClassWords.withArticle(ClassWords.spoken(label)))
            .collect(Collectors.joining(" and ", "a photo of ", "")),
        "");
  }

  @Override
  public String name() {
    return "template";
  }

  @Override
  public Draft propose(PromptRequest request) {
    return new Draft(template(request.slot().labels()), 0);
  }

  /** The same prompt again: a template has nothing to learn from a critique. */
  @Override
  public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
    return new Draft(previous, 0);
  }
}
