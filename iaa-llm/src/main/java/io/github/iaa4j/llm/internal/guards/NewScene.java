package io.github.iaa4j.llm.internal.guards;

import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** It is no scene that was used before. */
final class NewScene implements PromptRule {

  /** Jaccard similarity of the words of two scenes from which on they are the same. */
  private static final double SAME_SCENE_FROM = 0.75;

  private final String example;

  /**
   * @param example the scene that the model is shown, which small models like to copy
   */
  NewScene(String example) {
    this.example = example;
  }

  @Override
  public List<Finding> find(WrittenPrompt prompt) {
    PromptContext context = prompt.context();
    return Stream.concat(context.request().memory().stream(), Stream.of(example))
            .map(context::sceneWords)
            .anyMatch(used -> similarity(prompt.sceneWords(), used) >= SAME_SCENE_FROM)
        ? List.of(new Finding(Rule.LIKE_EARLIER, "Choose another scene; this one was used before."))
        : List.of();
  }

  private static double similarity(Set<String> a, Set<String> b) {
    Set<String> union = new HashSet<>(a);
    union.addAll(b);
    return union.isEmpty() ? 1 : (double) (a.size() + b.size() - union.size()) / union.size();
  }
}
