package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import java.util.List;
import java.util.stream.Collectors;

/**
 * The bare template y0, such as {@code a photo of a cat and a dog}: what the agents start from, and
 * the baseline that they are compared with.
 */
public final class TemplatePromptAgent implements PromptAgent {

  private final ClassWords words;

  /** An agent that names classes with the built-in words. */
  public TemplatePromptAgent() {
    this(ClassWords.builtIn());
  }

  /** An agent that names classes with these words. */
  public TemplatePromptAgent(ClassWords words) {
    this.words = words;
  }

  /** The template's prompt for these labels, with the built-in words. */
  public static Prompt template(List<String> labels) {
    return template(labels, ClassWords.builtIn());
  }

  /** The template's prompt for these labels, with these words. */
  public static Prompt template(List<String> labels, ClassWords words) {
    return new Prompt(
        labels.stream().map(words::one).collect(Collectors.joining(" and ", "a photo of ", "")),
        "");
  }

  /** {@code template}. */
  @Override
  public String name() {
    return "template";
  }

  /** The words; nothing else can be set. */
  @Override
  public Description describe() {
    return Description.of(name()).with("words", words.describe());
  }

  /** The words that the agent was made with. */
  @Override
  public ClassWords words() {
    return words;
  }

  /** The template's prompt for the labels of the slot. Costs no tokens. */
  @Override
  public Draft propose(PromptRequest request) {
    return new Draft(template(request.slot().labels(), words), 0, PromptSource.TEMPLATE);
  }

  /** The same prompt again: a template has nothing to learn from a critique. */
  @Override
  public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
    return new Draft(previous, 0, PromptSource.TEMPLATE);
  }
}
