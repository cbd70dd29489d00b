package io.github.iaa4j.core.prompt;

/**
 * Writes prompts. Implementations are safe for use by many threads: the prompts of several slots
 * are written at once.
 */
public interface PromptAgent {

  /** Who writes, as it is recorded beside each prompt, such as {@code rule} or a model's name. */
  String name();

  /**
   * The first prompt for a slot.
   *
   * @throws io.github.iaa4j.core.LlmException if a language model behind the agent cannot be
   *     reached or answers nothing usable
   */
  Draft propose(PromptRequest request);

  /**
   * A better prompt for the same slot.
   *
   * @param request as it was for {@link #propose}
   * @param previous the prompt that did not pass
   * @param critique why it did not pass
   * @throws io.github.iaa4j.core.LlmException as {@link #propose}
   */
  Draft revise(PromptRequest request, Prompt previous, Critique critique);

  /** The critic that belongs to this agent, used where the user names none. */
  default PromptCritic critic() {
    return new RuleBasedPromptCritic();
  }

  /**
   * A prompt and what it cost.
   *
   * @param prompt the prompt
   * @param tokens tokens that a language model read and wrote for it; 0 where none was asked
   */
  record Draft(Prompt prompt, int tokens) {}
}
