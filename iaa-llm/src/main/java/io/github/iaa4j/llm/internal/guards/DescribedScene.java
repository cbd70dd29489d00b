package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.List;

/** It says more than the labels. */
final class DescribedScene implements PromptRule {

  private static final int MIN_SCENE_WORDS = 2;

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    return prompt.sceneWords().size() < MIN_SCENE_WORDS
        ? List.of(new Finding(Rule.BARE, "Say what it looks like and where it is."))
        : List.of();
  }
}
