package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.LlmException;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompt self-refinement of the IAA paper (arXiv 2412.20439): a prompt whose score is below the
 * threshold ε is rewritten with its critique in hand, until one passes or the rounds run out. The
 * best prompt of all rounds is kept.
 *
 * <p>A language model that answers nonsense costs a round, never the slot: the bare template stands
 * in for a first prompt that cannot be used, the critic's rules for a critique, and a rewrite that
 * cannot be used ends the loop. What happened is written into the round's critique.
 *
 * <p>A server that fails for the moment ({@link LlmException#permanent()} is false) is not asked
 * again for this slot, so that nobody waits for it twice: the rules judge, and where that leaves no
 * prompt that passes, the rule-based agent writes one more. A failure that is permanent ends the
 * run.
 */
public final class SelfRefinement implements RefinementLoop {

  private static final Logger LOG = LoggerFactory.getLogger(SelfRefinement.class);
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
    boolean alone = false;
    Prompt prompt;
    try {
      PromptAgent.Draft draft = agent.propose(request);
      prompt = draft.prompt();
      tokens += draft.tokens();
    } catch (LlmException e) {
      alone = failed(e);
      mishap =
          alone
              ? "The rules wrote this, because " + outage(e) + "."
              : "The first prompt could not be used, so the template stands in: " + e.getMessage();
      prompt = alone ? ruleBased(request) : TemplatePromptAgent.template(request.slot().labels());
    }
    Prompt best = prompt;
    double bestScore = -1;
    for (int round = 1; ; round++) {
      Critique critique;
      boolean last = alone;
      if (alone) {
        critique = critic.byRules(request, prompt);
      } else {
        try {
          PromptCritic.Review review = critic.review(request, prompt);
          critique = review.critique();
          tokens += review.tokens();
        } catch (LlmException e) {
          alone = failed(e);
          mishap =
              join(
                  mishap,
                  alone
                      ? "The rules judged, because " + outage(e) + "."
                      : "The critique could not be used, so the rules judged: " + e.getMessage());
          critique = critic.byRules(request, prompt);
        }
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
      if (bestScore >= threshold || last || (round >= rounds && !alone)) {
        return new RefinedPrompt(best, bestScore, history, tokens);
      }
      if (!alone) {
        try {
          PromptAgent.Draft draft = agent.revise(request, prompt, critique);
          prompt = draft.prompt();
          tokens += draft.tokens();
          continue;
        } catch (LlmException e) {
          alone = failed(e);
          if (!alone) {
            return new RefinedPrompt(best, bestScore, history, tokens);
          }
          mishap = "The rules wrote this, because " + outage(e) + ".";
        }
      }
      prompt = ruleBased(request);
    }
  }

  /** What needs no server: each label once, beside the others, in a place, and nothing else. */
  private static Prompt ruleBased(PromptRequest request) {
    return new RuleBasedPromptAgent()
        .revise(
            request,
            TemplatePromptAgent.template(request.slot().labels()),
            new Critique(0, "Say where the scene is."))
        .prompt();
  }

  /**
   * Whether the server failed, and not the model.
   *
   * @throws LlmException if it would fail the next time too, which is not this loop's to mend
   */
  private static boolean failed(LlmException e) {
    if (e.permanent()) {
      throw e;
    }
    if (e.kind() == LlmException.Kind.UNUSABLE_ANSWER) {
      return false;
    }
    LOG.warn("The rules stand in for the language model in one slot. {}", e.getMessage());
    return true;
  }

  /** Without the address: prompts are passed on, and are the same whatever port was free. */
  private static String outage(LlmException e) {
    return switch (e.kind()) {
      case STATUS -> "the server answered HTTP " + e.status();
      case PROTOCOL -> "the server answered something else";
      case UNREACHABLE, UNUSABLE_ANSWER -> "the server did not answer";
    };
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
