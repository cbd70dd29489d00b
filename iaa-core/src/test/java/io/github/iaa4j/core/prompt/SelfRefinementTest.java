package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import io.github.iaa4j.core.plan.Slot;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SelfRefinementTest {

  private static final PromptRequest CAT =
      new PromptRequest(new Slot(0, List.of("cat")), List.of("cat", "dog"), List.of(), 1);

  /** Writes "draft 1", "draft 2" and so on; each costs ten tokens. */
  private static class Counting implements PromptAgent {
    private int drafts;

    @Override
    public String name() {
      return "counting";
    }

    @Override
    public Draft propose(PromptRequest request) {
      return new Draft(new Prompt("draft " + ++drafts, ""), 10);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return propose(request);
    }
  }

  private static PromptCritic scores(double... scores) {
    Deque<Double> left = new ArrayDeque<>();
    for (double score : scores) {
      left.add(score);
    }
    return (request, prompt) ->
        new PromptCritic.Review(new Critique(left.remove(), "advice on " + prompt.text()), 1);
  }

  private static LlmException unusable() {
    return LlmException.builder(LlmException.Kind.UNUSABLE_ANSWER, "the model answered prose")
        .status(200)
        .rawText("Sure!")
        .tokens(30)
        .build();
  }

  @Test
  void stopsAtTheFirstPromptThatPasses() {
    RefinedPrompt refined =
        SelfRefinement.until(0.8).atMost(5).refine(CAT, new Counting(), scores(0.2, 0.8, 1.0));

    assertThat(refined.prompt().text()).isEqualTo("draft 2");
    assertThat(refined.rounds()).hasSize(2);
    assertThat(refined.tokens()).isEqualTo(2 * 10 + 2);
  }

  @Test
  void keepsTheBestWhereNonePasses() {
    RefinedPrompt refined =
        SelfRefinement.until(0.8).atMost(3).refine(CAT, new Counting(), scores(0.2, 0.7, 0.5));

    assertThat(refined.prompt().text()).isEqualTo("draft 2");
    assertThat(refined.score()).isEqualTo(0.7);
    assertThat(refined.rounds())
        .extracting(RefinedPrompt.Round::score)
        .containsExactly(0.2, 0.7, 0.5);
  }

  @Test
  void promptsThatCannotBeUsedCostRoundsAndTheRulesWriteTheLast() {
    PromptAgent babbling =
        new PromptAgent() {
          @Override
          public String name() {
            return "babbling";
          }

          @Override
          public Draft propose(PromptRequest request) {
            throw unusable();
          }

          @Override
          public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
            throw unusable();
          }
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8).atMost(2).refine(CAT, babbling, new RuleBasedPromptCritic());

    assertThat(refined.prompt().text()).contains("cat").doesNotContain("dog");
    assertThat(refined.source()).isEqualTo(PromptSource.TEMPLATE);
    assertThat(refined.rounds())
        .extracting(RefinedPrompt.Round::source)
        .containsExactly(PromptSource.UNKNOWN, PromptSource.UNKNOWN, PromptSource.TEMPLATE);
    assertThat(refined.rounds().get(1).incident()).contains("the model answered prose");
    assertThat(refined.tokens()).isEqualTo(2 * 30);
  }

  @Test
  void aCritiqueThatCannotBeUsedIsReplacedByTheRules() {
    PromptCritic babbling =
        (request, prompt) -> {
          throw unusable();
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8).atMost(1).refine(CAT, new TemplatePromptAgent(), babbling);

    assertThat(refined.score()).isEqualTo(0.75);
    assertThat(refined.tokens()).isEqualTo(30);
    assertThat(refined.rounds().get(0).incident()).contains("the rules judged");
  }

  @ParameterizedTest
  @EnumSource(LlmException.Kind.class)
  void aPermanentFailureIsNotHidden(LlmException.Kind kind) {
    PromptCritic down =
        (request, prompt) -> {
          throw LlmException.builder(kind, "no model here").permanent(true).build();
        };

    assertThatThrownBy(() -> SelfRefinement.until(0.8).refine(CAT, new Counting(), down))
        .isInstanceOf(LlmException.class)
        .hasMessage("no model here");
  }

  @ParameterizedTest
  @EnumSource(LlmException.Kind.class)
  void aFailureIsTemporaryUnlessItSaysOtherwise(LlmException.Kind kind) {
    PromptCritic down =
        (request, prompt) -> {
          throw LlmException.builder(kind, "no model now").build();
        };

    RefinedPrompt refined = SelfRefinement.until(0.7).refine(CAT, new TemplatePromptAgent(), down);

    assertThat(refined.rounds().get(0).incident()).contains("ules judged");
  }

  /** A server that fails temporarily. */
  private static LlmException outage() {
    return LlmException.builder(LlmException.Kind.STATUS, "HTTP 503").status(503).build();
  }

  private static PromptAgent failingAfter(int drafts) {
    Counting counting = new Counting();
    return new PromptAgent() {
      @Override
      public String name() {
        return "failing";
      }

      @Override
      public Draft propose(PromptRequest request) {
        if (counting.drafts == drafts) {
          throw outage();
        }
        return counting.propose(request);
      }

      @Override
      public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
        return propose(request);
      }
    };
  }

  @Test
  void aServerThatFailsAtTheFirstPromptIsNotAskedAgainForTheSlot() {
    PromptCritic unasked =
        (request, prompt) -> {
          throw new AssertionError("the critic was asked");
        };

    RefinedPrompt refined = SelfRefinement.until(0.8).refine(CAT, failingAfter(0), unasked);

    assertThat(refined.score()).isEqualTo(1);
    assertThat(refined.rounds())
        .singleElement()
        .satisfies(
            round ->
                assertThat(round.critique())
                    .isEqualTo("The rules wrote this, because the server answered HTTP 503."));
  }

  @Test
  void whyATemplateIsUsedIsAField() {
    RefinedPrompt failed =
        SelfRefinement.until(0.8).refine(CAT, failingAfter(0), new RuleBasedPromptCritic());
    RefinedPrompt unusable =
        SelfRefinement.until(0.8)
            .atMost(2)
            .refine(
                CAT,
                new Counting(),
                (request, prompt) ->
                    new PromptCritic.Review(new Critique(0.3, List.of(), false), 0));
    RefinedPrompt good = SelfRefinement.until(0.8).refine(CAT, new Counting(), scores(0.9));

    assertThat(failed.templateCause()).isEqualTo(TemplateCause.SERVER_FAILED);
    assertThat(unusable.templateCause()).isEqualTo(TemplateCause.UNUSABLE_PROMPTS);
    assertThat(good.templateCause()).isNull();
  }

  @Test
  void anAgentsOwnTemplateKeepsItsCause() {
    PromptAgent escaping =
        new Counting() {
          @Override
          public Draft propose(PromptRequest request) {
            return new Draft(
                new Prompt("a photo of a cat", ""),
                1,
                PromptSource.TEMPLATE,
                TemplateCause.UNUSABLE_PROMPTS);
          }
        };

    RefinedPrompt refined = SelfRefinement.until(0.8).refine(CAT, escaping, scores(0.9));

    assertThat(refined.source()).isEqualTo(PromptSource.TEMPLATE);
    assertThat(refined.templateCause()).isEqualTo(TemplateCause.UNUSABLE_PROMPTS);
  }

  /** Answers after the deadline, and says how much of that it waited for its server. */
  private static PromptAgent afterTheDeadline(Duration waited) {
    AtomicReference<Duration> soFar = new AtomicReference<>(Duration.ZERO);
    return new Counting() {
      @Override
      public Duration waited() {
        return soFar.get();
      }

      @Override
      public Draft propose(PromptRequest request) {
        try {
          soFar.set(waited);
          Thread.sleep(600);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
        return super.propose(request);
      }
    };
  }

  @Test
  void theDeadlineLeavesOutHowLongAServerWasNotThere() {
    SelfRefinement quick = SelfRefinement.until(0.8).within(Duration.ofMillis(200));

    RefinedPrompt waited = quick.refine(CAT, afterTheDeadline(Duration.ofMinutes(1)), scores(0.9));
    RefinedPrompt late = quick.refine(CAT, afterTheDeadline(Duration.ZERO), scores(0.9));

    assertThat(waited.prompt().text()).startsWith("draft");
    assertThat(waited.templateCause()).isNull();
    assertThat(late.source()).isEqualTo(PromptSource.TEMPLATE);
    assertThat(late.templateCause()).isEqualTo(TemplateCause.DEADLINE_PASSED);
  }

  @Test
  void aServerThatFailsAtARewriteLeavesAPromptThatPassesTheRules() {
    RefinedPrompt refined =
        SelfRefinement.until(0.8).atMost(4).refine(CAT, failingAfter(1), scores(0.4));

    assertThat(refined.rounds()).hasSize(2);
    assertThat(refined.prompt().text()).contains("cat").doesNotContain("dog", "draft");
    assertThat(refined.score()).isEqualTo(1);
  }

  @Test
  void aServerThatFailsAtTheCritiqueLeavesTheJudgementToTheRules() {
    PromptCritic failing =
        (request, prompt) -> {
          throw outage();
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8).atMost(1).refine(CAT, new TemplatePromptAgent(), failing);

    assertThat(refined.rounds()).extracting(RefinedPrompt.Round::score).containsExactly(0.75, 1.0);
    assertThat(refined.rounds().get(0).critique())
        .startsWith("The rules judged, because the server answered HTTP 503.");
  }

  /** Writes "draft 1", "draft 2" and so on, and remembers what it was asked to rewrite. */
  private static final class Asked implements PromptAgent {
    private final List<String> from = new ArrayList<>();
    private final List<Long> seeds = new ArrayList<>();

    @Override
    public String name() {
      return "asked";
    }

    @Override
    public Draft propose(PromptRequest request) {
      seeds.add(request.seed());
      return new Draft(new Prompt("draft " + seeds.size(), ""), 0);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      from.add(previous.text() + ": " + critique.advice());
      return propose(request);
    }
  }

  @Test
  void aRoundThatLowersTheScoreIsNotWhatTheNextOneStartsFrom() {
    Asked agent = new Asked();

    SelfRefinement.until(0.9).atMost(5).refine(CAT, agent, scores(0.5, 0.3, 0.4, 0.7, 0.6));

    assertThat(agent.from)
        .containsExactly(
            "draft 1: advice on draft 1",
            "draft 1: advice on draft 1",
            "draft 1: advice on draft 1",
            "draft 4: advice on draft 4");
    assertThat(agent.seeds.subList(1, 4))
        .as("no rewrite is asked for twice")
        .doesNotHaveDuplicates();
  }

  @Test
  void ofEquallyGoodPromptsTheNewestIsRewrittenAndTheFirstIsKept() {
    Asked agent = new Asked();

    RefinedPrompt refined =
        SelfRefinement.until(0.9).atMost(3).refine(CAT, agent, scores(0.5, 0.5, 0.5));

    assertThat(agent.from).last().isEqualTo("draft 2: advice on draft 2");
    assertThat(refined.prompt().text()).isEqualTo("draft 1");
  }

  private static PromptCritic unsound(double score) {
    return new PromptCritic() {
      @Override
      public Review review(PromptRequest request, Prompt prompt) {
        return new Review(
            new Critique(score, List.of(new Fault(Fault.Kind.OTHER, "Splendid.")), false), 0);
      }
    };
  }

  @Test
  void aHighScoreDoesNotLetAnUnsoundPromptPass() {
    RefinedPrompt refined =
        SelfRefinement.until(0).atMost(3).refine(CAT, new Counting(), unsound(1));

    assertThat(refined.rounds()).hasSize(4);
    assertThat(refined.prompt().text()).contains("cat").doesNotContain("draft");
    assertThat(refined.source()).isEqualTo(PromptSource.TEMPLATE);
  }

  @Test
  void aSoundPromptIsBetterThanAnUnsoundOneWithAHigherScore() {
    Deque<Critique> critiques =
        new ArrayDeque<>(
            List.of(new Critique(0.9, List.of(), false), new Critique(0.1, List.of(), true)));

    RefinedPrompt refined =
        SelfRefinement.until(0.8)
            .atMost(2)
            .refine(
                CAT,
                new Counting(),
                (request, prompt) -> new PromptCritic.Review(critiques.remove(), 0));

    assertThat(refined.prompt().text()).isEqualTo("draft 2");
    assertThat(refined.source()).isEqualTo(PromptSource.AGENT);
  }

  @Test
  void afterTheDeadlineTheBestSoFarCounts() {
    long[] now = {0};
    Deque<Double> scores = new ArrayDeque<>(List.of(0.4, 0.3));
    PromptCritic slow =
        (request, prompt) -> {
          now[0] += Duration.ofSeconds(40).toNanos();
          return new PromptCritic.Review(new Critique(scores.remove(), ""), 0);
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8)
            .atMost(9)
            .within(Duration.ofMinutes(1), () -> now[0])
            .refine(CAT, new Counting(), slow);

    assertThat(refined.prompt().text()).isEqualTo("draft 1");
    assertThat(refined.rounds()).hasSize(2);
  }

  @Test
  void anAnswerThatDoesNotComeIsNotWaitedForBeyondTheDeadline() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    AtomicBoolean interrupted = new AtomicBoolean();
    CountDownLatch left = new CountDownLatch(1);
    PromptCritic stuck =
        (request, prompt) -> {
          try {
            never.await();
          } catch (InterruptedException e) {
            interrupted.set(true);
          }
          left.countDown();
          throw new IllegalStateException("given up");
        };

    AtomicLong now = new AtomicLong();
    PromptAgent untilShortlyBefore =
        new Counting() {
          @Override
          public Draft propose(PromptRequest request) {
            now.set(Duration.ofMillis(59_900).toNanos());
            return super.propose(request);
          }
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8)
            .within(Duration.ofMinutes(1), now::get)
            .refine(CAT, untilShortlyBefore, stuck);

    assertThat(refined.rounds())
        .singleElement()
        .satisfies(
            round ->
                assertThat(round.critique())
                    .startsWith("The rules judged, because the deadline passed."));
    assertThat(left.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(interrupted).isTrue();
  }

  @Test
  void withoutAnyAnswerBeforeTheDeadlineTheRulesWrite() {
    long[] now = {0};
    PromptAgent late =
        new PromptAgent() {
          @Override
          public String name() {
            return "late";
          }

          @Override
          public Draft propose(PromptRequest request) {
            now[0] += Duration.ofMinutes(2).toNanos();
            throw unusable();
          }

          @Override
          public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
            return propose(request);
          }
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8)
            .within(Duration.ofMinutes(1), () -> now[0])
            .refine(CAT, late, new RuleBasedPromptCritic());

    assertThat(refined.rounds()).hasSize(2);
    assertThat(refined.source()).isEqualTo(PromptSource.TEMPLATE);
    assertThat(refined.rounds().get(1).critique()).contains("because the deadline passed");
  }

  @Test
  void whatTheCriticFoundIsRecordedAsData() {
    RefinedPrompt refined =
        SelfRefinement.until(1).atMost(1).refine(CAT, new Counting(), new RuleBasedPromptCritic());

    assertThat(refined.rounds().get(0).faults())
        .extracting(Fault::kind, Fault::terms)
        .containsExactly(
            tuple(Fault.Kind.MISSING_CLASS, List.of("cat")), tuple(Fault.Kind.NO_PLACE, List.of()));
    assertThat(refined.rounds().get(0).incident()).isEmpty();
    assertThat(refined.rounds().get(0).critique())
        .isEqualTo("Name every wanted object: cat. Say where the scene is.");
  }

  /** Whose methods return null, one at a time. */
  private static final class Careless extends Counting {
    private final String where;

    Careless(String where) {
      this.where = where;
    }

    @Override
    public Draft propose(PromptRequest request) {
      return where.equals("propose") ? nothing() : super.propose(request);
    }

    @Override
    public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
      return where.equals("revise") ? nothing() : super.propose(request);
    }

    @Override
    public Prompt fallback(PromptRequest request, @Nullable Prompt best) {
      return where.equals("fallback") ? nothing() : super.fallback(request, best);
    }
  }

  @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"}) // What a user's agent may do.
  private static <T> T nothing() {
    return null;
  }

  @ParameterizedTest
  @ValueSource(strings = {"propose", "revise", "fallback"})
  void nullFromAnAgentIsAnErrorThatNamesItAndTheMethod(String method) {
    PromptCritic harsh =
        (request, prompt) -> new PromptCritic.Review(new Critique(0, List.of(), false), 0);

    for (SelfRefinement refinement :
        List.of(
            SelfRefinement.until(0.8), SelfRefinement.until(0.8).within(Duration.ofMinutes(1)))) {
      assertThatThrownBy(() -> refinement.refine(CAT, new Careless(method), harsh))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageStartingWith(Careless.class.getName() + "." + method + "() returned null");
    }
  }

  @Test
  void nullFromACriticIsAnErrorThatNamesItAndTheMethod() {
    PromptCritic careless = (request, prompt) -> nothing();

    assertThatThrownBy(() -> SelfRefinement.until(0.8).refine(CAT, new Counting(), careless))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageStartingWith(careless.getClass().getName() + ".review() returned null");
  }

  @ParameterizedTest
  @ValueSource(doubles = {Double.NaN, -0.1, 1.1, Double.POSITIVE_INFINITY})
  void aScoreIsFromZeroToOne(double score) {
    assertThatThrownBy(() -> new Critique(score, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Double.toString(score));
    assertThatThrownBy(
            () ->
                new RefinedPrompt(
                    new Prompt("a cat", ""), score, List.of(), 0, PromptSource.AGENT, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(Double.toString(score));
  }

  @Test
  void anInterruptWhileTheAgentWritesCancelsAndIsKept() {
    PromptAgent stuck =
        new Counting() {
          @Override
          public Draft propose(PromptRequest request) {
            try {
              new CountDownLatch(1).await();
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
            }
            throw outage();
          }
        };

    Thread.currentThread().interrupt();
    assertThatThrownBy(
            () ->
                SelfRefinement.until(0.8)
                    .within(Duration.ofMinutes(1))
                    .refine(CAT, stuck, scores(1)))
        .isInstanceOf(CancelledException.class)
        .hasMessageContaining("slot 0");
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void anInterruptIsNoFailureOfTheServerWhateverItsClientThrows() {
    PromptAgent interrupted =
        new Counting() {
          @Override
          public Draft propose(PromptRequest request) {
            Thread.currentThread().interrupt();
            throw outage();
          }
        };

    assertThatThrownBy(() -> SelfRefinement.until(0.8).refine(CAT, interrupted, scores(1)))
        .isInstanceOf(CancelledException.class);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void itsDescriptionHoldsWhatDecidesThePrompts() {
    SelfRefinement refinement = SelfRefinement.until(0.7).atMost(3);

    assertThat(refinement.describe())
        .hasToString("self-refinement (atMost 3, until 0.7)")
        .isEqualTo(refinement.within(Duration.ofMinutes(5)).describe());
  }

  @Test
  void outOfRangeOptionsAreRefused() {
    assertThatThrownBy(() -> SelfRefinement.until(1.1)).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> SelfRefinement.until(Double.NaN))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> SelfRefinement.until(0.5).atMost(0))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> SelfRefinement.until(0.5).within(Duration.ZERO))
        .isInstanceOf(ConfigurationException.class);
  }
}
