package io.github.iaa4j.cli.quickstart;

import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.RefinementLoop;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.prompt.TemplatePromptAgent;
import java.util.Locale;

/** What segmentation is trained on: each row adds a part of the method to the row before. */
public enum Row {
  /** The real images alone. */
  BASELINE("real images alone"),
  /** Images of the bare template prompt, all kept. */
  DIFFUSION("+ images of a template prompt"),
  /** The images are balanced over the classes. */
  BALANCE("+ balance over the classes"),
  /** The agent writes the prompts. */
  AGENT("+ the agent writes the prompts"),
  /** Its prompts are refined. */
  REFINEMENT("+ the agent refines them"),
  /** The online filter drops and rejects images: the whole method. */
  FULL("+ the online filter: the whole method"),
  /** As many new real images in place of generated ones: what perfect augmentation would give. */
  ORACLE("as many new real images instead");

  private static final int ATTEMPTS = 4;

  private final String meaning;

  Row(String meaning) {
    this.meaning = meaning;
  }

  /** The name in files and tables. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** What the row adds, for people. */
  String meaning() {
    return meaning;
  }

  boolean isGenerated() {
    return this != BASELINE && this != ORACLE;
  }

  boolean isFiltered() {
    return compareTo(FULL) >= 0;
  }

  boolean isBalanced() {
    return compareTo(BALANCE) >= 0;
  }

  PromptAgent agent() {
    return compareTo(AGENT) >= 0 ? new RuleBasedPromptAgent() : new TemplatePromptAgent();
  }

  RefinementLoop refinement() {
    return compareTo(REFINEMENT) >= 0
        ? SelfRefinement.until(SelfRefinement.DEFAULT_THRESHOLD)
        : SelfRefinement.until(0).atMost(1);
  }

  int attempts() {
    return isFiltered() ? ATTEMPTS : 1;
  }
}
