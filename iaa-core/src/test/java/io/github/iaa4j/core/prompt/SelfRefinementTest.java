package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.LlmException;
import io.github.iaa4j.core.plan.Slot;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SelfRefinementTest {

  private static final PromptRequest CAT =
      new PromptRequest(new Slot(0, List.of("cat")), List.of("cat", "dog"), List.of(), 1);

  /** Writes "draft 1", "draft 2" and so on; each costs ten tokens. */
  private static final class Counting implements PromptAgent {
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
    return new LlmException(
        LlmException.Kind.UNUSABLE_ANSWER, "the model answered prose", 200, null, "Sure!", null);
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
  void aFirstPromptThatCannotBeUsedIsReplacedByTheTemplate() {
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

    RefinedPrompt refined = SelfRefinement.until(0.8).refine(CAT, babbling, scores(0.5));

    assertThat(refined.prompt().text()).isEqualTo("a photo of a cat");
    assertThat(refined.rounds())
        .singleElement()
        .satisfies(round -> assertThat(round.critique()).contains("the model answered prose"));
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
    assertThat(refined.rounds().get(0).critique()).contains("the rules judged");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNUSABLE_ANSWER")
  void aServerThatGivesNoAnswerOfAModelIsNotHidden(LlmException.Kind kind) {
    PromptCritic down =
        (request, prompt) -> {
          throw new LlmException(kind, "no model here", 0, null, null, null);
        };

    assertThatThrownBy(() -> SelfRefinement.until(0.8).refine(CAT, new Counting(), down))
        .isInstanceOf(LlmException.class)
        .hasMessage("no model here");
  }

  /** A server that fails for the moment. */
  private static LlmException outage() {
    return LlmException.builder(LlmException.Kind.STATUS, "HTTP 503")
        .status(503)
        .permanent(false)
        .build();
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

  @Test
  void outOfRangeOptionsAreRefused() {
    assertThatThrownBy(() -> SelfRefinement.until(1.1)).isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> SelfRefinement.until(Double.NaN))
        .isInstanceOf(ConfigurationException.class);
    assertThatThrownBy(() -> SelfRefinement.until(0.5).atMost(0))
        .isInstanceOf(ConfigurationException.class);
  }
}
