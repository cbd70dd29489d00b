package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.LlmException;
import java.util.ArrayList;
import java.util.List;

/**
 * The prompt self-refinement of the IAA paper (arXiv 2412.20439): a prompt whose score is below the
 * threshold ε is rewritten with its critique in hand, until one passes or the rounds run out. The
 * best prompt of all rounds is kept.
 *
 * <p>A language model that answers nonsense costs a round, never the slot: the bare template stands
 * in for a first prompt that cannot be used, the rule-based critic for a critique, and a rewrite
 * that cannot be used ends the loop. What happened is written into the round's critique.
 */
public final class SelfRefinement implements RefinementLoop {

  private static final int DEFAULT_ROUNDS = 4;

  private final double threshold;
  private final int rounds;

  private SelfRefinement(double threshold, int rounds) {
    this.threshold = threshold;
    this.rounds = rounds;
  }

  /**
   * Rewrites until the score reaches ε, at most 4 rounds unless {@link #atMost} says otherwise.
   *
   * @param threshold ε, in [0, 1]; 0 takes the first prompt as it is
   * @throws ConfigurationException if it is out of range
   */
  public static SelfRefinement until(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new ConfigurationException("the threshold epsilon is in [0, 1], not " + threshold);
    }
    return new SelfRefinement(threshold, DEFAULT_ROUNDS);
  }

  /**
   * The same with another bound.
   *
   * @param rounds prompts in all, the first one counted, from 1
   * @throws ConfigurationException if it is less than 1
   */
  public SelfRefinement atMost(int rounds) {
    if (rounds < 1) {
      throw new ConfigurationException("refinement needs at least 1 round, not " + rounds);
    }
    return new SelfRefinement(threshold, rounds);
  }

  @Override
  public RefinedPrompt refine(PromptRequest request, PromptAgent agent, PromptCritic critic) {
    List<RefinedPrompt.Round> history = new ArrayList<>();
    int tokens = 0;
    String mishap = "";
    Prompt prompt;
    try {
      PromptAgent.Draft draft = agent.propose(request);
      prompt = draft.prompt();
      tokens += draft.tokens();
    } catch (LlmException e) {
      mishap = forgive(e, "The first prompt could not be used, so the template stands in: ");
      prompt = TemplatePromptAgent.template(request.slot().labels());
    }
    Prompt best = prompt;
    double bestScore = -1;
    for (int round = 1; ; round++) {
      Critique critique;
      try {
        PromptCritic.Review review = critic.review(request, prompt);
        critique = review.critique();
        tokens += review.tokens();
      } catch (LlmException e) {
        mishap += forgive(e, "The critique could not be used, so the rules judged: ");
        critique = new RuleBasedPromptCritic().review(request, prompt).critique();
      }
      history.add(
          new RefinedPrompt.Round(
              prompt.text(),
              prompt.negativeText(),
              critique.score(),
              join(mishap, critique.advice())));
      mishap = "";
      if (critique.score() > bestScore) {
        best = prompt;
        bestScore = critique.score();
      }
      if (critique.score() >= threshold || round == rounds) {
        return new RefinedPrompt(best, bestScore, history, tokens);
      }
      try {
        PromptAgent.Draft draft = agent.revise(request, prompt, critique);
        prompt = draft.prompt();
        tokens += draft.tokens();
      } catch (LlmException e) {
        forgive(e, "");
        return new RefinedPrompt(best, bestScore, history, tokens);
      }
    }
  }

  /** An unusable answer is forgiven; a server that cannot be reached is not this loop's to mend. */
  private static String forgive(LlmException e, String prefix) {
    if (e.kind() != LlmException.Kind.UNUSABLE_ANSWER) {
      throw e;
    }
    return prefix + e.getMessage();
  }

  private static String join(String mishap, String advice) {
    return mishap.isEmpty() ? advice : advice.isEmpty() ? mishap : mishap + " " + advice;
  }

  /** The threshold and the rounds. */
  @Override
  public String describe() {
    return "until " + threshold + ", at most " + rounds + " rounds";
  }
}
