package io.github.iaa4j.core;

import io.github.iaa4j.core.error.ConfigurationException;
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
    logRecorded("agent", agentWeight);
    logRecorded("critic", criticWeight);
  }

  private static void logRecorded(String part, @Nullable Double weight) {
    if (weight != null) {
      LOG.info(
          "The language model of the {} has the weight {} of the run's record and is not examined"
              + " again.",
          part,
          weight);
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
            known(recorded.agentModelWeight(), agent.modelWeight(), agent),
            known(recorded.criticModelWeight(), critic.modelWeight(), critic));
    if (!known.equals(recorded)) {
      file.accept(known);
      recorded = known;
    }
  }

  private static @Nullable Double known(
      @Nullable Double recorded, @Nullable OptionalDouble answer, Object part) {
    OptionalDouble found = Answers.require(answer, part, "modelWeight");
    if (recorded != null || found.isEmpty()) {
      return recorded;
    }
    double weight = found.getAsDouble();
    if (!(weight >= 0 && weight <= 1)) {
      throw new ConfigurationException(
          part.getClass().getName()
              + ".modelWeight() returned "
              + weight
              + ", which is not in [0, 1]. Fix that method.");
    }
    return weight;
  }
}
