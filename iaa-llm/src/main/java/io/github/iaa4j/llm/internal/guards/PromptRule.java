package io.github.iaa4j.llm.internal.guards;

import java.util.List;

/** One thing that is demanded of prompts. Immutable. */
interface PromptRule {

  /** What is wrong with a prompt; empty if nothing is, or if the rule only repairs. */
  default List<Finding> find(WrittenPrompt prompt) {
    return List.of();
  }

  /** The text with what is safe to fix fixed; the text itself if nothing is. */
  default String repair(PromptContext context, String text) {
    return text;
  }
}
