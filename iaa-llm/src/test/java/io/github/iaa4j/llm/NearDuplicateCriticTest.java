package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.Critique;
import io.github.iaa4j.core.prompt.Fault;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.prompt.PromptAgent;
import io.github.iaa4j.core.prompt.PromptCritic;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.prompt.RefinedPrompt;
import io.github.iaa4j.core.prompt.RuleBasedPromptCritic;
import io.github.iaa4j.core.prompt.SelfRefinement;
import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.NullUnmarked;
import org.junit.jupiter.api.Test;

class NearDuplicateCriticTest {

  /** The angle that stands in the text, in degrees. */
  private static final SentenceEmbedder ANGLE =
      text -> {
        double angle = Math.toRadians(Double.parseDouble(text.replaceAll("\\D", "")));
        return new float[] {(float) Math.cos(angle), (float) Math.sin(angle)};
      };

  private static final PromptCritic PLEASED =
      (request, prompt) -> new PromptCritic.Review(new Critique(0.9, "Well done."), 7);

  private static PromptRequest remembering(String... memory) {
    return new PromptRequest(
        new Slot(0, List.of("cat")), List.of("cat", "dog"), List.of(memory), 1);
  }

  private static Critique critique(PromptRequest request, String text) {
    return NearDuplicateCritic.of(PLEASED, ANGLE).review(request, new Prompt(text, "")).critique();
  }

  @Test
  void whatIsFarFromAllEarlierPromptsKeepsItsReview() {
    assertThat(
            NearDuplicateCritic.of(PLEASED, ANGLE)
                .review(remembering("cat at 0", "cat at 90"), new Prompt("cat at 45", "")))
        .isEqualTo(new PromptCritic.Review(new Critique(0.9, "Well done."), 7));
  }

  @Test
  void whatIsNearToOneEarlierPromptIsSentBack() {
    Critique critique = critique(remembering("cat at 90", "cat at 25"), "cat at 0");

    assertThat(critique.score()).isBetween(0.65, 0.7);
    assertThat(critique.advice()).startsWith("Well done.").contains("too like an earlier prompt");
    assertThat(critique.faults())
        .filteredOn(fault -> fault.kind() == Fault.Kind.LIKE_EARLIER)
        .singleElement()
        .satisfies(fault -> assertThat(fault.terms()).containsExactly("cat at 25"));
  }

  @Test
  void aCopyScoresLessThanWhatIsMerelyNear() {
    PromptRequest request = remembering("cat at 0");

    assertThat(critique(request, "the cat at 0").score())
        .isCloseTo(0.5, within(1e-6))
        .isLessThan(critique(request, "cat at 20").score());
  }

  @Test
  void theThresholdIsTheUsers() {
    PromptCritic strict = NearDuplicateCritic.of(PLEASED, ANGLE).from(0.5);

    assertThat(
            strict.review(remembering("cat at 0"), new Prompt("cat at 45", "")).critique().score())
        .isLessThan(0.8);
    assertThatThrownBy(() -> NearDuplicateCritic.of(PLEASED, ANGLE).from(1.5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("1.5");
  }

  @Test
  void vectorsThatCannotBeComparedAreAnErrorThatNamesTheEmbedder() {
    SentenceEmbedder broken = text -> new float[] {Float.NaN};

    assertThatThrownBy(
            () ->
                NearDuplicateCritic.of(PLEASED, broken)
                    .review(remembering("cat at 0"), new Prompt("cat at 45", "")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(broken.getClass().getName());
  }

  @Test
  void itsDescriptionHoldsTheThresholdTheEmbedderAndTheOtherCritic() {
    Description description =
        NearDuplicateCritic.of(new RuleBasedPromptCritic(), ANGLE).from(0.8).describe();

    assertThat(description.settings())
        .containsEntry("from", "0.8")
        .containsEntry("embedder", "a lambda")
        .containsEntry("critic", "rules")
        .containsEntry("critic.words", "built-in");
    assertThat(description.isComplete()).isFalse();
  }

  @Test
  void withoutMemoryNothingIsEmbedded() {
    List<String> embedded = new ArrayList<>();
    NearDuplicateCritic.of(
            PLEASED,
            text -> {
              embedded.add(text);
              return new float[] {1};
            })
        .review(remembering(), new Prompt("a cat", ""));

    assertThat(embedded).isEmpty();
  }

  @Test
  void anEarlierPromptIsEmbeddedOnce() {
    List<String> embedded = new ArrayList<>();
    PromptCritic critic =
        NearDuplicateCritic.of(
            PLEASED,
            text -> {
              embedded.add(text);
              return ANGLE.embed(text);
            });

    critic.review(remembering("cat at 0"), new Prompt("cat at 45", ""));
    critic.review(remembering("cat at 0", "cat at 45"), new Prompt("cat at 90", ""));

    assertThat(embedded).containsExactly("cat at 45", "cat at 0", "cat at 90");
  }

  @Test
  void refinementGoesOnUntilAPromptIsNew() {
    PromptAgent rotating =
        new PromptAgent() {
          @Override
          public String name() {
            return "rotating";
          }

          @Override
          public Draft propose(PromptRequest request) {
            return new Draft(new Prompt("cat at 0", ""), 0);
          }

          @Override
          public Draft revise(PromptRequest request, Prompt previous, Critique critique) {
            int angle = Integer.parseInt(previous.text().replaceAll("\\D", ""));
            return new Draft(new Prompt("cat at " + (angle + 15), ""), 0);
          }
        };

    RefinedPrompt refined =
        SelfRefinement.until(0.8)
            .refine(remembering("cat at 1"), rotating, NearDuplicateCritic.of(PLEASED, ANGLE));

    assertThat(refined.prompt().text()).isEqualTo("cat at 30");
    assertThat(refined.rounds()).hasSize(3);
  }

  /** A critic that answers null wherever it can. */
  @NullUnmarked
  private static final class NullCritic implements PromptCritic {
    @Override
    public Review review(PromptRequest request, Prompt prompt) {
      return PLEASED.review(request, prompt);
    }

    @Override
    public Description describe() {
      return null;
    }

    @Override
    public OptionalDouble modelWeight() {
      return null;
    }

    @Override
    public PromptCritic withModelWeight(double weight) {
      return null;
    }
  }

  @Test
  void anotherCriticThatAnswersNullIsNamedWithItsMethod() {
    NearDuplicateCritic critic = NearDuplicateCritic.of(new NullCritic(), ANGLE);

    assertThatThrownBy(critic::describe)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("NullCritic.describe() returned null");
    assertThatThrownBy(critic::modelWeight)
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("NullCritic.modelWeight() returned null");
    assertThatThrownBy(() -> critic.withModelWeight(0.5))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("NullCritic.withModelWeight() returned null");
  }
}
