package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.internal.Description;

/** Joins an agent and a critic into a loop that ends with the prompt to be painted. */
public interface RefinementLoop {

  /**
   * Writes the prompt of one slot.
   *
   * @throws io.github.iaa4j.core.error.LlmException if a language model fails and would fail the
   *     next time too ({@link io.github.iaa4j.core.error.LlmException#permanent()}); all else is
   *     dealt with inside the loop
   */
  RefinedPrompt refine(PromptRequest request, PromptAgent agent, PromptCritic critic);

  /**
   * What refines, with its options, for the run's files: the same text in every process. A run goes
   * on only with the text that it began with. The default names the class.
   */
  default String describe() {
    return Description.ofClass(getClass());
  }
}
