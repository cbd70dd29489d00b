package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SelfRefinementTest extends RefinedCat {

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
