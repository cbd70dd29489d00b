package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;
import java.util.Objects;
import java.util.OptionalDouble;

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
   * <p>Defaults to {@link RuleBasedPromptCritic} with the built-in words.
   */
  default Critique byRules(PromptRequest request, Prompt prompt) {
    return new RuleBasedPromptCritic().review(request, prompt).critique();
  }

  /**
   * How much the score of a language model behind the critic counts, where an examination of the
   * model has found that out. Empty as long as it has not, and by default. A run records it before
   * the first prompt that depends on it, because the examination may end differently in another
   * process.
   *
   * @return in [0, 1], or empty; once present, always the same
   */
  default OptionalDouble modelWeight() {
    return OptionalDouble.empty();
  }

  /**
   * This critic with a weight that is known, so that its language model is not examined: what
   * {@link #modelWeight} was when the run was started, or what a user sets. {@link #describe} names
   * it then, so that a run is not resumed with another weight. Defaults to this critic itself,
   * which examines none.
   *
   * @param weight in [0, 1]
   */
  default PromptCritic withModelWeight(double weight) {
    return this;
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
