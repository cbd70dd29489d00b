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
 */
public record PromptSettings(
    Description agent, Description critic, Description refinement, @Nullable Description learnt) {

  /** Requires all parts but what was learnt. */
  public PromptSettings {
    Objects.requireNonNull(agent, "agent");
    Objects.requireNonNull(critic, "critic");
    Objects.requireNonNull(refinement, "refinement");
  }

  /** The differences between these and other settings, one phrase each; empty if they are equal. */
  public List<String> differences(PromptSettings now) {
    Differences differences = new Differences();
    differences.compare("agent", agent, now.agent);
    differences.compare("critic", critic, now.critic);
    differences.compare("refinement", refinement, now.refinement);
    differences.compare("learnt", learnt, now.learnt);
    return differences.found();
  }
}
