package io.github.iaa4j.core.run;

import io.github.iaa4j.core.settings.Description;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What decides the prompts of a run besides its plan and seed: a part of {@code run.json}, and, for
 * the prompts that are rewritten between two generation rounds, the file {@code rewriting.json}.
 *
 * @param agent who writes them
 * @param critic who judges them
 * @param refinement how they are refined
 * @param learnt what earlier runs have taught, or null if nothing has
 * @param agentModelWeight what an examination found out about the agent's language model, {@link
 *     io.github.iaa4j.core.prompt.PromptAgent#modelWeight}, in [0, 1]; null before it is over, and
 *     where there is none
 * @param criticModelWeight the same for the critic's
 */
public record PromptSettings(
    Description agent,
    Description critic,
    Description refinement,
    @Nullable Description learnt,
    @Nullable Double agentModelWeight,
    @Nullable Double criticModelWeight) {

  /**
   * Requires all descriptions but that of what was learnt.
   *
   * @throws IllegalArgumentException if a weight is not in [0, 1]
   */
  public PromptSettings {
    Objects.requireNonNull(agent, "agent");
    Objects.requireNonNull(critic, "critic");
    Objects.requireNonNull(refinement, "refinement");
    requireWeight("agentModelWeight", agentModelWeight);
    requireWeight("criticModelWeight", criticModelWeight);
  }

  /** Settings without an examination. */
  public PromptSettings(
      Description agent, Description critic, Description refinement, @Nullable Description learnt) {
    this(agent, critic, refinement, learnt, null, null);
  }

  private static void requireWeight(String field, @Nullable Double weight) {
    if (weight != null && !(weight >= 0 && weight <= 1)) {
      throw new IllegalArgumentException(field + " is in [0, 1], not " + weight);
    }
  }

  /**
   * The differences between these and other settings, one phrase each; empty if they are equal. The
   * weights are not compared: what was found out is taken from the record when a run is resumed,
   * and a weight that a user sets is part of the description of its agent or critic.
   */
  public List<String> differences(PromptSettings now) {
    Differences differences = new Differences();
    differences.compare("agent", agent, now.agent);
    differences.compare("critic", critic, now.critic);
    differences.compare("refinement", refinement, now.refinement);
    differences.compare("learnt", learnt, now.learnt);
    return differences.found();
  }
}
