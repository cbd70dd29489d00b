package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.words.ClassWords;
import java.time.Duration;
import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Writes prompts. Implementations are safe for use by many threads: the prompts of several slots
 * are written at once. No method returns null; a refinement ends with a {@link
 * io.github.iaa4j.core.error.ConfigurationException} that names the agent where one does.
 */
public interface PromptAgent {

  /** Who writes, as it is recorded beside each prompt, such as {@code rule} or a model's name. */
  String name();

  /**
   * What the agent is and how it is set: everything that decides what it writes. A run is resumed
   * only with an agent of the same description.
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * The first prompt for a slot.
   *
   * @throws io.github.iaa4j.core.error.LlmException if a language model behind the agent cannot be
   *     reached or gives no usable answer
   * @throws io.github.iaa4j.core.error.CancelledException if the thread was interrupted, or the
   *     language model closed, while the agent waited for an answer
   */
  Draft propose(PromptRequest request);

  /**
   * A better prompt for the same slot.
   *
   * @param request as it was for {@link #propose}
   * @param previous the prompt that did not pass
   * @param critique why it did not pass
   * @throws io.github.iaa4j.core.error.LlmException as {@link #propose}
   * @throws io.github.iaa4j.core.error.CancelledException as {@link #propose}
   */
  Draft revise(PromptRequest request, Prompt previous, Critique critique);

  /**
   * How long the agent and its critic have waited so far for a server that was not available, in
   * all threads together and counted once where several waited. The deadline of a slot leaves such
   * time out. Defaults to zero.
   */
  default Duration waited() {
    return Duration.ZERO;
  }

  /**
   * How much the agent goes by the judgement of its language model, where an examination of the
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
   * This agent with a weight that is known, so that its language model is not examined: what {@link
   * #modelWeight} was when the run was started, or what a user sets. {@link #describe} names it
   * then, so that a run is not resumed with another weight. Defaults to this agent itself, which
   * examines none.
   *
   * @param weight in [0, 1]
   */
  default PromptAgent withModelWeight(double weight) {
    return this;
  }

  /** How the agent names classes. Defaults to {@link ClassWords#builtIn}. */
  default ClassWords words() {
    return ClassWords.builtIn();
  }

  /** The critic that belongs to this agent, used unless another is set. Defaults to the rules. */
  default PromptCritic critic() {
    return new RuleBasedPromptCritic(Answers.require(words(), this, "words"));
  }

  /**
   * The prompt that is used where the agent wrote no usable one, or none in time. It needs no
   * language model. Defaults to the rules' prompt: each label once, beside the others, in a place.
   *
   * @param request as it was for {@link #propose}
   * @param best the best of what was written, whose setting may be kept, or null
   */
  default Prompt fallback(PromptRequest request, @Nullable Prompt best) {
    return new RuleBasedPromptAgent(Answers.require(words(), this, "words"))
        .fallback(request, best);
  }

  /**
   * A prompt and what it cost.
   *
   * @param prompt the prompt
   * @param tokens tokens that a language model read and wrote for it; 0 if none was asked
   * @param source where its words come from
   * @param templateCause why a template replaces what the agent wrote, or null if none does
   */
  record Draft(
      Prompt prompt, int tokens, PromptSource source, @Nullable TemplateCause templateCause) {

    /**
     * @throws NullPointerException if there is no prompt or no source
     */
    public Draft {
      Objects.requireNonNull(prompt, "a draft needs a prompt");
      Objects.requireNonNull(source, "a draft needs a source");
    }

    /** A draft that is not a template. */
    public Draft(Prompt prompt, int tokens, PromptSource source) {
      this(prompt, tokens, source, null);
    }

    /** A draft in the agent's own words. */
    public Draft(Prompt prompt, int tokens) {
      this(prompt, tokens, PromptSource.AGENT);
    }
  }
}
