package io.github.iaa4j.core;

import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.run.PromptSettings;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The agent and the critic of a run, with the weights of their language models. A model is examined
 * while prompts are written, and might do better or worse in another process. So the result is
 * recorded before the first line that depends on it, and a resumed run takes it from there.
 */
final class ExaminedModels {

  private static final Logger LOG = LoggerFactory.getLogger(ExaminedModels.class);

  private final PromptAgent agent;
  private final PromptCritic critic;
  private final Consumer<PromptSettings> file;
  private PromptSettings recorded;

  /**
   * @param recorded what the run has recorded so far
   * @param file where what is found out is recorded
   */
  ExaminedModels(
      PromptSettings recorded,
      PromptAgent agent,
      PromptCritic critic,
      Consumer<PromptSettings> file) {
    this.recorded = recorded;
    this.file = file;
    Double agentWeight = recorded.agentModelWeight();
    Double criticWeight = recorded.criticModelWeight();
    this.agent =
        agentWeight == null
            ? agent
            : Answers.require(agent.withModelWeight(agentWeight), agent, "withModelWeight");
    this.critic =
        criticWeight == null
            ? critic
            : Answers.require(critic.withModelWeight(criticWeight), critic, "withModelWeight");
    if (agentWeight != null || criticWeight != null) {
      LOG.info(
          "The weights of the language models are those of the run's record, {} for the agent and"
              + " {} for the critic; what is recorded is not examined again.",
          agentWeight,
          criticWeight);
    }
  }

  PromptAgent agent() {
    return agent;
  }

  PromptCritic critic() {
    return critic;
  }

  /** Records what was found out since the last call. Not for use by several threads. */
  void record() {
    PromptSettings known =
        new PromptSettings(
            recorded.agent(),
            recorded.critic(),
            recorded.refinement(),
            recorded.learnt(),
            known(recorded.agentModelWeight(), agent.modelWeight()),
            known(recorded.criticModelWeight(), critic.modelWeight()));
    if (!known.equals(recorded)) {
      file.accept(known);
      recorded = known;
    }
  }

  private static @Nullable Double known(@Nullable Double recorded, OptionalDouble found) {
    return recorded == null && found.isPresent() ? Double.valueOf(found.getAsDouble()) : recorded;
  }
}
