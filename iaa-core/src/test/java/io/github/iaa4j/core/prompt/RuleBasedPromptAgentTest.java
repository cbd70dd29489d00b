package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.words.ClassWords;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleBasedPromptAgentTest {

  private static final List<String> CLASSES =
      List.of("aeroplane", "car", "cat", "diningtable", "person", "tvmonitor");

  private static PromptRequest request(int ordinal, List<String> labels) {
    return new PromptRequest(
        new Slot(ordinal, labels), CLASSES, List.of(), new RunSeed(1).forPrompt(ordinal));
  }

  private static double score(String text, List<String> labels) {
    return new RuleBasedPromptCritic()
        .review(request(0, labels), new Prompt(text, ""))
        .critique()
        .score();
  }

  @Test
  void everyDraftNamesTheWantedClasses() {
    for (int i = 0; i < 200; i++) {
      String text =
          new RuleBasedPromptAgent()
              .propose(request(i, List.of("cat", "tvmonitor")))
              .prompt()
              .text();
      assertThat(text).contains("cat").contains("tv monitor");
    }
  }

  @Test
  void refinementFixesWhatDraftsGetWrong() {
    int faulty = 0;
    for (int i = 0; i < 200; i++) {
      RefinedPrompt refined =
          SelfRefinement.until(0.8)
              .atMost(4)
              .refine(
                  request(i, List.of("car", "cat")),
                  new RuleBasedPromptAgent(),
                  new RuleBasedPromptCritic());
      faulty += refined.rounds().get(0).score() < 0.8 ? 1 : 0;
      assertThat(refined.score()).as(refined.prompt().text()).isGreaterThanOrEqualTo(0.8);
    }

    assertThat(faulty).as("drafts that needed fixing").isBetween(40, 160);
  }

  @Test
  void promptsOfManySlotsDiffer() {
    Set<String> texts = new HashSet<>();
    IntStream.range(0, 200)
        .forEach(
            i ->
                texts.add(
                    new RuleBasedPromptAgent()
                        .propose(request(i, List.of("cat")))
                        .prompt()
                        .text()));

    assertThat(texts).hasSizeGreaterThan(150);
  }

  @Test
  void draftsNameNoOtherClass() {
    for (int i = 0; i < 200; i++) {
      Prompt prompt = new RuleBasedPromptAgent().propose(request(i, List.of("cat"))).prompt();

      for (String other : List.of("aeroplane", "car", "diningtable", "person", "tvmonitor")) {
        assertThat(ClassWords.builtIn().names(prompt.text(), other)).as(prompt.text()).isFalse();
      }
      assertThat(prompt.negativePrompt()).isEmpty();
    }
  }

  @Test
  void theSameRequestGivesTheSamePrompt() {
    PromptRequest request = request(4, List.of("person"));

    assertThat(new RuleBasedPromptAgent().propose(request))
        .isEqualTo(new RuleBasedPromptAgent().propose(request));
  }

  @ParameterizedTest
  @CsvSource({
    "a large cat on green grass, 1.0",
    "a kitten in the snow, 1.0",
    "two cats in a garden, 1.0",
    "a cat, 0.75",
    "green grass, 0.3",
    "a cat and a man in a garden, 0.5",
    "a tiny cat in a garden, 0.7",
    "a collage of a cat in a garden, 0.7"
  })
  void eachFaultTakesAPartOffTheScore(String text, double expected) {
    assertThat(score(text, List.of("cat"))).isEqualTo(expected);
  }

  @Test
  void objectsThatStandApartCost() {
    List<String> labels = List.of("car", "cat");
    assertThat(score("a cat and a car in a street", labels)).isEqualTo(0.75);
    assertThat(score("a cat to the left of a car in a street", labels)).isEqualTo(0.75);
    assertThat(score("a cat with a collar behind a car in a street", labels)).isEqualTo(0.75);
    assertThat(score("a cat beside a car in a street", labels)).isEqualTo(1);
  }

  @Test
  void wordsInsideOtherWordsAreNotClasses() {
    assertThat(ClassWords.builtIn().names("a carpet and a scarf in a caravan", "car")).isFalse();
    assertThat(ClassWords.builtIn().names("Cars!", "car")).isTrue();
    assertThat(ClassWords.builtIn().names("an empty dining table", "diningtable")).isTrue();
    assertThat(ClassWords.builtIn().names("a woman", "person")).isTrue();
  }

  @Test
  void aRepetitionIsFound() {
    PromptRequest request =
        new PromptRequest(
            new Slot(0, List.of("cat")), CLASSES, List.of("A red cat on green grass."), 0);

    Critique critique =
        new RuleBasedPromptCritic()
            .review(request, new Prompt("a red cat on green grass", ""))
            .critique();

    assertThat(critique.score()).isEqualTo(0.75);
    assertThat(critique.has(Fault.Kind.REPEATS)).isTrue();
  }

  @Test
  void faultsNameTheClassesAsTheDataSetDoes() {
    Critique critique =
        new RuleBasedPromptCritic()
            .review(request(0, List.of("cat", "tvmonitor")), new Prompt("a man in a room", ""))
            .critique();

    assertThat(critique.faults())
        .contains(
            new Fault(
                Fault.Kind.MISSING_CLASS,
                List.of("cat", "tvmonitor"),
                "Name every wanted object: cat, tv monitor."),
            new Fault(
                Fault.Kind.UNWANTED_CLASS,
                List.of("person"),
                "Leave out every other object: person."));
  }

  @Test
  void theAgentTakesAnotherAngleWhereTheFaultIsARepetitionWhateverTheAdviceSays() {
    PromptRequest request = request(1, List.of("cat"));
    Prompt previous = new Prompt("a cat", "");
    RuleBasedPromptAgent agent = new RuleBasedPromptAgent();

    assertThat(
            agent
                .revise(
                    request,
                    previous,
                    new Critique(0.7, List.of(new Fault(Fault.Kind.REPEATS, "Say something new."))))
                .prompt()
                .text())
        .containsAnyOf(", seen from the side", ", in clear light");
    assertThat(
            agent
                .revise(request, previous, new Critique(0.7, "Choose another scene than before."))
                .prompt()
                .text())
        .doesNotContain(", seen from the side", ", in clear light");
  }
}
