package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;

/** Scores prompts and says what to change. Implementations are safe for use by many threads. */
public interface PromptCritic {

  /**
   * What the critic is and how it is set: everything that decides its scores. A run is resumed only
   * with a critic of the same description.
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * Judges one prompt.
   *
   * @throws io.github.iaa4j.core.error.LlmException if a language model behind the critic cannot be
   *     reached or answers nothing usable
   */
  Review review(PromptRequest request, Prompt prompt);

  /**
   * What the rules alone say, for when a language model fails. Never asks one.
   *
   * <p>The default are those of {@link RuleBasedPromptCritic}.
   */
  default Critique byRules(PromptRequest request, Prompt prompt) {
    return new RuleBasedPromptCritic().review(request, prompt).critique();
  }

  /**
   * A critique and what it cost.
   *
   * @param critique the critique
   * @param tokens tokens that a language model read and wrote for it; 0 where none was asked
   */
  record Review(Critique critique, int tokens) {}
}
