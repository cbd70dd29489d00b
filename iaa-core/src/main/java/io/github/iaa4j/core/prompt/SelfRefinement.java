package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.settings.Description;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The prompt self-refinement of the IAA paper (arXiv 2412.20439, Algorithm 1): a prompt whose score
 * is below the threshold ε is rewritten with its critique in hand, until one passes or the rounds
 * run out. The best prompt of all rounds is kept.
 *
 * <p>The paper always rewrites the latest prompt. Here a round that lowers the score does not
 * replace a better one: the next rewrite starts from the best so far and its critique, and asks
 * with another seed, so that it is not the same rewrite again. Of equally good prompts the newest
 * is rewritten, as in the paper, and the first is kept.
 *
 * <p>A prompt that its critic calls {@linkplain Critique#isUsable() unusable} never passes,
 * whatever its score. If there is no usable one when the rounds run out, {@link
 * PromptAgent#fallback} writes the prompt, in a separate round.
 *
 * <p>A language model that answers nonsense costs a round, never the slot: the critic's rules judge
 * where a critique cannot be used, and a prompt that cannot be used is an empty round. What
 * happened is the round's {@linkplain RefinedPrompt.Round#incident() incident}. A server that fails
 * temporarily is not asked again for this slot, so that nobody waits for it twice: the rules judge,
 * and where no prompt passes, the fallback is tried. An {@link LlmException} is temporary unless it
 * is {@linkplain LlmException#permanent() permanent}, which ends the run.
 *
 * <p>With {@link #within} a slot takes no longer than the deadline: then the best so far counts.
 * Time in which a server was not available ({@link PromptAgent#waited()}) does not count.
 *
 * <p>Immutable; safe for use by many threads.
 */
public final class SelfRefinement implements RefinementLoop {

  /** ε of the embedded defaults. */
  public static final double DEFAULT_THRESHOLD = 0.8;

  /** How many prompts a slot gets unless {@link #atMost} is called. */
  public static final int DEFAULT_ROUNDS = 4;

  private static final Logger LOG = LoggerFactory.getLogger(SelfRefinement.class);
  private static final String DEADLINE_PASSED = "the deadline passed";

  /** 2^64 divided by the golden ratio, which keeps the seeds of neighbouring slots apart. */
  private static final long SEED_STEP = 0x9E3779B97F4A7C15L;

  private final double threshold;
  private final int rounds;
  private final @Nullable Duration deadline;
  private final LongSupplier nanoTime;

  private SelfRefinement(
      double threshold, int rounds, @Nullable Duration deadline, LongSupplier nanoTime) {
    this.threshold = threshold;
    this.rounds = rounds;
    this.deadline = deadline;
    this.nanoTime = nanoTime;
  }

  /**
   * Rewrites until the score reaches ε, in at most {@value #DEFAULT_ROUNDS} rounds.
   *
   * @param threshold ε, in [0, 1]; 0 takes the first usable prompt as it is
   * @throws ConfigurationException if it is out of range
   */
  public static SelfRefinement until(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new ConfigurationException("the threshold epsilon is in [0, 1], not " + threshold);
    }
    return new SelfRefinement(threshold, DEFAULT_ROUNDS, null, System::nanoTime);
  }

  /**
   * The same with another number of rounds.
   *
   * @param rounds prompts in all, including the first, from 1
   * @throws ConfigurationException if it is less than 1
   */
  public SelfRefinement atMost(int rounds) {
    if (rounds < 1) {
      throw new ConfigurationException("refinement needs at least 1 round, not " + rounds);
    }
    return new SelfRefinement(threshold, rounds, deadline, nanoTime);
  }

  /**
   * The same with a deadline for each slot. The call in progress when it passes is interrupted, and
   * the best prompt so far counts; if there is none, {@link PromptAgent#fallback}. An agent or a
   * critic that ignores interrupts leaves its thread behind, a daemon, until it returns. Without a
   * deadline a slot takes as long as the agent and the critic do.
   *
   * @param deadline for all rounds of a slot together
   * @throws ConfigurationException if it is not positive
   */
  public SelfRefinement within(Duration deadline) {
    return within(deadline, System::nanoTime);
  }

  /**
   * {@link #within(Duration)} by another clock.
   *
   * @param nanoTime a clock like {@link System#nanoTime}
   * @throws ConfigurationException if the deadline is not positive
   */
  SelfRefinement within(Duration deadline, LongSupplier nanoTime) {
    if (deadline.isZero() || deadline.isNegative()) {
      throw new ConfigurationException("a deadline is positive, not " + deadline);
    }
    return new SelfRefinement(threshold, rounds, deadline, nanoTime);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The deadline is not part of it: which prompts it cuts short depends on the clock, and a run
   * whose server turned out slow may be resumed with a longer one.
   */
  @Override
  public Description describe() {
    return Description.of("self-refinement").with("until", threshold).with("atMost", rounds);
  }

  /**
   * {@inheritDoc}
   *
   * <p>With a deadline the agent and the critic are called on another thread, which is interrupted
   * when the time is up; without one they are called on the calling thread.
   */
  @Override
  public RefinedPrompt refine(PromptRequest request, PromptAgent agent, PromptCritic critic) {
    if (deadline == null) {
      return new Refinement(request, agent, critic, null).run();
    }
    try (SlotDeadline slotDeadline = new SlotDeadline(deadline, nanoTime, agent)) {
      return new Refinement(request, agent, critic, slotDeadline).run();
    }
  }

  /** A draft and what is thought of it. */
  private record Candidate(PromptAgent.Draft draft, Critique critique) {

    boolean isBetterThan(@Nullable Candidate other) {
      return compare(other) > 0;
    }

    boolean isAsGoodAs(@Nullable Candidate other) {
      return compare(other) >= 0;
    }

    boolean passes(double threshold) {
      return critique.isUsable() && critique.score() >= threshold;
    }

    private int compare(@Nullable Candidate other) {
      if (other == null) {
        return 1;
      }
      return critique.isUsable() == other.critique.isUsable()
          ? Double.compare(critique.score(), other.critique.score())
          : critique.isUsable() ? 1 : -1;
    }
  }

  /** The loop for one slot. */
  private final class Refinement {

    private final PromptRequest request;
    private final PromptAgent agent;
    private final PromptCritic critic;
    private final @Nullable SlotDeadline slotDeadline;
    private final List<RefinedPrompt.Round> history = new ArrayList<>();
    private int tokens;

    /** Why nobody is asked any more, as it follows "because"; empty while the loop continues. */
    private String endedBecause = "";

    /** Why a template is used, should it come to that. */
    private TemplateCause templateCause = TemplateCause.UNUSABLE_PROMPTS;

    Refinement(
        PromptRequest request,
        PromptAgent agent,
        PromptCritic critic,
        @Nullable SlotDeadline slotDeadline) {
      this.request = request;
      this.agent = agent;
      this.critic = critic;
      this.slotDeadline = slotDeadline;
    }

    RefinedPrompt run() {
      Candidate best = null;
      Candidate base = null;
      int roundsSinceBase = 0;
      for (int round = 0; round < rounds && endedBecause.isEmpty(); round++) {
        PromptAgent.Draft draft = write(base, roundsSinceBase);
        if (draft == null) {
          roundsSinceBase++;
          continue;
        }
        Candidate candidate = new Candidate(draft, judge(draft));
        if (candidate.passes(threshold)) {
          return outcome(candidate);
        }
        best = candidate.isBetterThan(best) ? candidate : best;
        boolean isNewBase = candidate.isAsGoodAs(base);
        base = isNewBase ? candidate : base;
        roundsSinceBase = isNewBase ? 0 : roundsSinceBase + 1;
      }
      boolean hasUsable = best != null && best.critique().isUsable();
      if (best != null && hasUsable && templateCause != TemplateCause.SERVER_FAILED) {
        return outcome(best);
      }
      Candidate fallback = fallback(best);
      return outcome(best == null || fallback.isBetterThan(best) ? fallback : best);
    }

    /**
     * The agent's next prompt, or null where it wrote none.
     *
     * @param base what is rewritten, or null for the first prompt
     * @param roundsSinceBase asks with another seed where the last answer led nowhere
     */
    private PromptAgent.@Nullable Draft write(@Nullable Candidate base, int roundsSinceBase) {
      PromptRequest asked =
          roundsSinceBase == 0
              ? request
              : request.withSeed(request.seed() + roundsSinceBase * SEED_STEP);
      try {
        PromptAgent.Draft draft =
            base == null
                ? beforeDeadline(() -> agent.propose(asked), agent, "propose")
                : beforeDeadline(
                    () -> agent.revise(asked, base.draft().prompt(), base.critique()),
                    agent,
                    "revise");
        tokens += draft.tokens();
        return draft;
      } catch (LlmException e) {
        tokens += e.tokens();
        if (!endsFor(e)) {
          record(
              null,
              new Critique(0, List.of()),
              "The prompt could not be used: " + e.getMessage(),
              PromptSource.UNKNOWN);
        }
        return null;
      } catch (SlotDeadline.Passed e) {
        endedBecause = DEADLINE_PASSED;
        if (history.isEmpty()) {
          templateCause = TemplateCause.DEADLINE_PASSED;
        }
        return null;
      }
    }

    /** What the critic thinks of a draft, or the rules where it could not say; recorded. */
    private Critique judge(PromptAgent.Draft draft) {
      Prompt prompt = draft.prompt();
      Critique critique;
      String incident = "";
      try {
        PromptCritic.Review review =
            beforeDeadline(() -> critic.review(request, prompt), critic, "review");
        tokens += review.tokens();
        critique = review.critique();
      } catch (LlmException e) {
        tokens += e.tokens();
        incident =
            endsFor(e)
                ? "The rules judged, because " + endedBecause + "."
                : "The critique could not be used, so the rules judged: " + e.getMessage();
        critique = byRules(prompt);
      } catch (SlotDeadline.Passed e) {
        endedBecause = DEADLINE_PASSED;
        incident = "The rules judged, because " + endedBecause + ".";
        critique = byRules(prompt);
      }
      record(prompt, critique, incident, draft.source());
      return critique;
    }

    private Candidate fallback(@Nullable Candidate best) {
      Prompt prompt =
          Answers.require(
              agent.fallback(request, best == null ? null : best.draft().prompt()),
              agent,
              "fallback");
      Critique critique = byRules(prompt);
      String reason = endedBecause.isEmpty() ? "no prompt of the agent may be used" : endedBecause;
      record(
          prompt, critique, "The rules wrote this, because " + reason + ".", PromptSource.TEMPLATE);
      return new Candidate(
          new PromptAgent.Draft(prompt, 0, PromptSource.TEMPLATE, templateCause), critique);
    }

    private Critique byRules(Prompt prompt) {
      return Answers.require(critic.byRules(request, prompt), critic, "byRules");
    }

    /**
     * Whether the loop ends because the server failed; not so where the model gave an unusable
     * answer.
     *
     * @throws LlmException if it would fail the next time too, which this loop cannot fix
     * @throws CancelledException if the thread was interrupted, whatever its client made of that
     */
    private boolean endsFor(LlmException e) {
      if (Thread.currentThread().isInterrupted()) {
        throw cancelled(e);
      }
      if (e.permanent()) {
        throw e;
      }
      if (e.kind() == LlmException.Kind.UNUSABLE_ANSWER) {
        return false;
      }
      LOG.warn("The rules replace the language model in one slot. {}", e.getMessage());
      endedBecause = serverFailure(e);
      templateCause = TemplateCause.SERVER_FAILED;
      return true;
    }

    private <T> T beforeDeadline(Supplier<T> call, Object part, String method)
        throws SlotDeadline.Passed {
      try {
        T answer = slotDeadline == null ? call.get() : slotDeadline.call(call);
        return Answers.require(answer, part, method);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw cancelled(e);
      }
    }

    private CancelledException cancelled(Exception cause) {
      return new CancelledException(
          "slot "
              + request.slot().ordinal()
              + ": the refinement of its prompt was cancelled. Start it again to have it written.",
          cause);
    }

    private void record(
        @Nullable Prompt prompt, Critique critique, String incident, PromptSource source) {
      history.add(
          new RefinedPrompt.Round(
              prompt == null ? "" : prompt.text(),
              prompt == null ? "" : prompt.negativePrompt(),
              critique.score(),
              critique.faults(),
              incident,
              null,
              source));
    }

    private RefinedPrompt outcome(Candidate chosen) {
      return new RefinedPrompt(
          chosen.draft().prompt(),
          chosen.critique().score(),
          history,
          tokens,
          chosen.draft().source(),
          chosen.draft().templateCause());
    }
  }

  /** Without the address: prompts are passed on, and are the same whatever port was free. */
  private static String serverFailure(LlmException e) {
    return switch (e.kind()) {
      case STATUS -> "the server answered HTTP " + e.status();
      case PROTOCOL -> "the server answered something else";
      case UNREACHABLE, UNUSABLE_ANSWER -> "the server did not answer";
    };
  }
}
