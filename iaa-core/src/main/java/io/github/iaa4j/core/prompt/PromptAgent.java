package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.settings.Description;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Writes prompts. Implementations are safe for use by many threads: the prompts of several slots
 * are written at once.
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
   *     reached or answers nothing usable
   */
  Draft propose(PromptRequest request);

  /**
   * A better prompt for the same slot.
   *
   * @param request as it was for {@link #propose}
   * @param previous the prompt that did not pass
   * @param critique why it did not pass
   * @throws io.github.iaa4j.core.error.LlmException as {@link #propose}
   */
  Draft revise(PromptRequest request, Prompt previous, Critique critique);

  /**
   * How long the agent and its critic have waited so far for a server that was not there, in all
   * threads together and counted once where several waited. A deadline for a slot leaves such time
   * out. The default is none.
   */
  default Duration waited() {
    return Duration.ZERO;
  }

  /** The critic that belongs to this agent, used where the user names none. */
  default PromptCritic critic() {
    return new RuleBasedPromptCritic();
  }

  /**
   * The last resort where nothing that the agent wrote may be painted, or where it wrote nothing in
   * time: a prompt that needs no language model. The default is the rules': each label once, beside
   * the others, in a place.
   *
   * @param request as it was for {@link #propose}
   * @param best the best of what was written, whose setting may be kept, or null
   */
  default Prompt lastResort(PromptRequest request, @Nullable Prompt best) {
    return new RuleBasedPromptAgent().lastResort(request, best);
  }

  /**
   * A prompt and what it cost.
   *
   * @param prompt the prompt
   * @param tokens tokens that a language model read and wrote for it; 0 where none was asked
   * @param source whose words it holds
   * @param templateCause why a template stands in for what the agent wrote, or null where none does
   */
  record Draft(
      Prompt prompt, int tokens, PromptSource source, @Nullable TemplateCause templateCause) {

    /** One for which no template stands in. */
    public Draft(Prompt prompt, int tokens, PromptSource source) {
      this(prompt, tokens, source, null);
    }

    /** In the agent's own words. */
    public Draft(Prompt prompt, int tokens) {
      this(prompt, tokens, PromptSource.AGENT);
    }
  }
}
