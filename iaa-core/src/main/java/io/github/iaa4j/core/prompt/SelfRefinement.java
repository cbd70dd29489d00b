package io.github.iaa4j.core.prompt;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.internal.DaemonThreads;
import io.github.iaa4j.core.settings.Description;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
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
 * <p>A prompt that its critic calls unsound never passes, whatever its score. If there is no other
 * when the rounds run out, {@link PromptAgent#lastResort} writes the prompt, in a round of its own.
 *
 * <p>A language model that answers nonsense costs a round, never the slot: the critic's rules stand
 * in for a critique that cannot be used, and a prompt that cannot be used is an empty round. What
 * happened is written into the round's critique. A server that fails for the moment ({@link
 * LlmException#permanent()} is false) is not asked again for this slot, so that nobody waits for it
 * twice: the rules judge, and where that leaves no prompt that passes, the last resort is tried. A
 * failure that is permanent ends the run.
 *
 * <p>With {@link #within} nobody waits longer than the deadline: then the best so far counts. Time
 * in which a server was not there ({@link PromptAgent#waited()}) does not count.
 */
public final class SelfRefinement implements RefinementLoop {

  private static final Logger LOG = LoggerFactory.getLogger(SelfRefinement.class);
  private static final int DEFAULT_ROUNDS = 4;
  private static final String TOO_LATE = "the deadline passed";

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
   * Rewrites until the score reaches ε, at most 4 rounds unless {@link #atMost} says otherwise.
   *
   * @param threshold ε, in [0, 1]; 0 takes the first sound prompt as it is
   * @throws ConfigurationException if it is out of range
   */
  public static SelfRefinement until(double threshold) {
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new ConfigurationException("the threshold epsilon is in [0, 1], not " + threshold);
    }
    return new SelfRefinement(threshold, DEFAULT_ROUNDS, null, System::nanoTime);
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
    return new SelfRefinement(threshold, rounds, deadline, nanoTime);
  }

  /**
   * The same with a deadline for each slot. What is under way when it passes is interrupted, and
   * the best so far counts; where there is none, {@link PromptAgent#lastResort}. An agent or a
   * critic that ignores interrupts leaves its thread behind, a daemon, until it returns. Without a
   * deadline a slot may take as long as the agent and the critic do.
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
  public SelfRefinement within(Duration deadline, LongSupplier nanoTime) {
    if (deadline.isZero() || deadline.isNegative()) {
      throw new ConfigurationException("a deadline is more than nothing, not " + deadline);
    }
    return new SelfRefinement(threshold, rounds, deadline, nanoTime);
  }

  @Override
  public RefinedPrompt refine(PromptRequest request, PromptAgent agent, PromptCritic critic) {
    if (deadline == null) {
      return new Loop(request, agent, critic, null).refine();
    }
    ExecutorService thread =
        Executors.newSingleThreadExecutor(DaemonThreads.named("iaa-refinement"));
    try {
      return new Loop(request, agent, critic, thread).refine();
    } finally {
      thread.shutdownNow();
    }
  }

  /**
   * The threshold and the rounds. The deadline is no part of it: a run may go on with another one.
   */
  @Override
  public Description describe() {
    return Description.of("self-refinement").with("until", threshold).with("atMost", rounds);
  }

  /** One prompt and what is thought of it. */
  private record Candidate(
      Prompt prompt, Critique critique, PromptSource source, @Nullable TemplateCause cause) {

    boolean isBetterThan(@Nullable Candidate other) {
      return compare(other) > 0;
    }

    boolean isAsGoodAs(@Nullable Candidate other) {
      return compare(other) >= 0;
    }

    boolean passes(double threshold) {
      return critique.sound() && critique.score() >= threshold;
    }

    private int compare(@Nullable Candidate other) {
      if (other == null) {
        return 1;
      }
      return critique.sound() == other.critique.sound()
          ? Double.compare(critique.score(), other.critique.score())
          : critique.sound() ? 1 : -1;
    }
  }

  /** The deadline passed. */
  private static final class TooLate extends Exception {
    private static final long serialVersionUID = 1L;
  }

  /** The loop, for one slot. */
  private final class Loop {

    private final PromptRequest request;
    private final PromptAgent agent;
    private final PromptCritic critic;
    private final @Nullable ExecutorService thread;
    private final long begun = nanoTime.getAsLong();
    private final Duration waitedBefore;
    private final List<RefinedPrompt.Round> history = new ArrayList<>();
    private int tokens;

    Loop(
        PromptRequest request,
        PromptAgent agent,
        PromptCritic critic,
        @Nullable ExecutorService thread) {
      this.request = request;
      this.agent = agent;
      this.critic = critic;
      this.thread = thread;
      this.waitedBefore = agent.waited();
    }

    RefinedPrompt refine() {
      Candidate best = null;
      Candidate base = null;
      int failures = 0;
      // Why nobody is asked any more, as it goes on after "because".
      String end = "";
      TemplateCause cause = TemplateCause.UNUSABLE_PROMPTS;
      for (int round = 1; round <= rounds && end.isEmpty(); round++) {
        Candidate from = base;
        PromptRequest asked = again(failures);
        PromptAgent.Draft draft;
        try {
          draft =
              inTime(
                  () ->
                      from == null
                          ? agent.propose(asked)
                          : agent.revise(asked, from.prompt(), from.critique()));
        } catch (LlmException e) {
          tokens += e.tokens();
          if (failed(e)) {
            end = outage(e);
            cause = TemplateCause.SERVER_FAILED;
          } else {
            record(
                null, 0, "The prompt could not be used: " + e.getMessage(), PromptSource.UNKNOWN);
            failures++;
          }
          continue;
        } catch (TooLate e) {
          end = TOO_LATE;
          if (history.isEmpty()) {
            cause = TemplateCause.DEADLINE_PASSED;
          }
          continue;
        }
        tokens += draft.tokens();
        Critique critique;
        String mishap = "";
        try {
          PromptCritic.Review review = inTime(() -> critic.review(request, draft.prompt()));
          critique = review.critique();
          tokens += review.tokens();
        } catch (LlmException e) {
          tokens += e.tokens();
          critique = critic.byRules(request, draft.prompt());
          if (failed(e)) {
            end = outage(e);
            cause = TemplateCause.SERVER_FAILED;
            mishap = "The rules judged, because " + end + ".";
          } else {
            mishap = "The critique could not be used, so the rules judged: " + e.getMessage();
          }
        } catch (TooLate e) {
          critique = critic.byRules(request, draft.prompt());
          end = TOO_LATE;
          mishap = "The rules judged, because " + end + ".";
        }
        Candidate candidate =
            new Candidate(draft.prompt(), critique, draft.source(), draft.templateCause());
        record(draft.prompt(), critique.score(), join(mishap, critique.advice()), draft.source());
        best = candidate.isBetterThan(best) ? candidate : best;
        if (candidate.isAsGoodAs(base)) {
          base = candidate;
          failures = 0;
        } else {
          failures++;
        }
        if (candidate.passes(threshold)) {
          return outcome(candidate);
        }
      }
      if (best != null && best.critique().sound() && cause != TemplateCause.SERVER_FAILED) {
        return outcome(best);
      }
      String reason = end.isEmpty() ? "no prompt of the agent may be painted" : end;
      Prompt prompt = agent.lastResort(request, best == null ? null : best.prompt());
      Critique critique = critic.byRules(request, prompt);
      record(
          prompt,
          critique.score(),
          join("The rules wrote this, because " + reason + ".", critique.advice()),
          PromptSource.TEMPLATE);
      Candidate standIn = new Candidate(prompt, critique, PromptSource.TEMPLATE, cause);
      return best == null || standIn.isBetterThan(best) ? outcome(standIn) : outcome(best);
    }

    private RefinedPrompt outcome(Candidate chosen) {
      return new RefinedPrompt(
          chosen.prompt(),
          chosen.critique().score(),
          history,
          tokens,
          chosen.source(),
          chosen.cause());
    }

    private void record(
        @Nullable Prompt prompt, double score, String critique, PromptSource source) {
      history.add(
          new RefinedPrompt.Round(
              prompt == null ? "" : prompt.text(),
              prompt == null ? "" : prompt.negativePrompt(),
              score,
              critique,
              source));
    }

    /** The request, with another seed where its last answer led nowhere. */
    private PromptRequest again(int failures) {
      return failures == 0
          ? request
          : new PromptRequest(
              request.slot(),
              request.classNames(),
              request.memory(),
              request.seed() + failures * 0x9E3779B97F4A7C15L,
              request.turn(),
              request.experience());
    }

    private <T> T inTime(Supplier<T> call) throws TooLate {
      if (deadline == null || thread == null) {
        return call.get();
      }
      Duration waited = agent.waited();
      long left = left(deadline);
      if (left <= 0) {
        throw new TooLate();
      }
      Future<T> answer = thread.submit(call::get);
      try {
        return inTime(answer, left, waited);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancelledException(
            agent.name() + ": the refinement of a prompt was cancelled.", e);
      } catch (ExecutionException e) {
        if (e.getCause() instanceof RuntimeException cause) {
          throw cause;
        }
        if (e.getCause() instanceof Error error) {
          throw error;
        }
        throw new IllegalStateException(e.getCause());
      } finally {
        answer.cancel(true);
      }
    }

    private <T> T inTime(Future<T> answer, long nanos, Duration waitedBefore)
        throws TooLate, ExecutionException, InterruptedException {
      long left = nanos;
      Duration waited = waitedBefore;
      while (true) {
        try {
          return answer.get(left, TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
          Duration now = agent.waited();
          left = now.minus(waited).toNanos();
          waited = now;
          if (left <= 0) {
            throw new TooLate();
          }
        }
      }
    }

    /** The nanoseconds that are left; a server that is not there takes no time from the slot. */
    private long left(Duration deadline) {
      long waited = agent.waited().minus(waitedBefore).toNanos();
      return deadline.toNanos() - (nanoTime.getAsLong() - begun) + waited;
    }
  }

  /**
   * Whether the server failed, and not the model.
   *
   * @throws LlmException if it would fail the next time too, which this loop cannot fix
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

  private static String join(String a, String b) {
    return a.isEmpty() ? b : b.isEmpty() ? a : a + " " + b;
  }
}
