package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.LlmException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers that fail, answers that do not come, and parts that break their contract. */
class SelfRefinementFailuresTest extends RefinedCat {

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
}
