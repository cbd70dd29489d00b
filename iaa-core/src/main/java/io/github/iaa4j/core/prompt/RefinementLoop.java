package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;

/** Joins an agent and a critic into a loop that ends with the prompt to generate images from. */
public interface RefinementLoop {

  /**
   * What refines and how it is set: everything that decides its prompts. A run is resumed only with
   * a refinement of the same description.
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * Writes the prompt of one slot.
   *
   * @return never null
   * @throws io.github.iaa4j.core.error.LlmException if a language model fails and would fail the
   *     next time too ({@link io.github.iaa4j.core.error.LlmException#permanent()}); all other
   *     failures are handled inside the loop
   * @throws io.github.iaa4j.core.error.CancelledException if the thread was interrupted
   * @throws io.github.iaa4j.core.error.ConfigurationException if the agent or the critic returned
   *     null
   */
  RefinedPrompt refine(PromptRequest request, PromptAgent agent, PromptCritic critic);
}
