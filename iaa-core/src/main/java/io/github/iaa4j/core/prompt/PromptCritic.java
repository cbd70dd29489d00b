package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;
import java.util.Objects;

/**
 * Scores prompts and says what to change. Implementations are safe for use by many threads. No
 * method returns null; a refinement ends with a {@link
 * io.github.iaa4j.core.error.ConfigurationException} that names the critic where one does.
 */
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
   *     reached or gives no usable answer
   * @throws io.github.iaa4j.core.error.CancelledException if the thread was interrupted, or the
   *     language model closed, while the critic waited for an answer
   */
  Review review(PromptRequest request, Prompt prompt);

  /**
   * What rules alone say, for when a language model fails. Never asks one.
   *
   * <p>The default is {@link RuleBasedPromptCritic} with the built-in words.
   */
  default Critique byRules(PromptRequest request, Prompt prompt) {
    return new RuleBasedPromptCritic().review(request, prompt).critique();
  }

  /**
   * A critique and what it cost.
   *
   * @param critique the critique
   * @param tokens tokens that a language model read and wrote for it; 0 if none was asked
   */
  record Review(Critique critique, int tokens) {

    /**
     * @throws NullPointerException if there is no critique
     */
    public Review {
      Objects.requireNonNull(critique, "a review needs a critique");
    }
  }
}
