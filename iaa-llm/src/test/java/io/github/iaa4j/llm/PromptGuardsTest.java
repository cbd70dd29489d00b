package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.llm.PromptGuards.Finding;
import io.github.iaa4j.llm.PromptGuards.Rule;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptGuardsTest {

  private static final List<String> VOC =
      List.of(
          "aeroplane",
          "bicycle",
          "bird",
          "boat",
          "bottle",
          "bus",
          "car",
          "cat",
          "chair",
          "cow",
          "diningtable",
          "dog",
          "horse",
          "motorbike",
          "person",
          "pottedplant",
          "sheep",
          "sofa",
          "train",
          "tvmonitor");

  private final PromptGuards guards = new PromptGuards(20, LlmPromptAgent.EXAMPLE_SCENE);

  private static PromptRequest request(String... labels) {
    return new PromptRequest(new Slot(0, List.of(labels)), VOC, List.of(), 1);
  }

  private List<Rule> rules(PromptRequest request, String text) {
    return guards.inspect(request, text).stream().map(Finding::rule).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "cat, A grey cat sleeps on a wooden bench",
    "cat, Two cats play in deep snow",
    "aeroplane, A silver airplane lands in thick fog",
    "tvmonitor, An old tv monitor glows in a dark room",
    "diningtable, A round dining table stands in the garden",
    "pottedplant, A potted plant stands on a sunny balcony",
    "person, A tall man walks along the beach"
  })
  void aLabelMayBeNamedAsPeopleSayIt(String label, String text) {
    assertThat(guards.inspect(request(label), text)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "A dog runs over the green grass, LABEL_MISSING",
    "A cat and a puppy play on green grass, UNWANTED_CLASS",
    "A cat and a striped striped striped striped coat on grass, STUTTER",
    "A cat sleeps on the old mat. It is warm there, SEVERAL_SENTENCES",
    "There is no cat on the wet grass, NEGATED",
    "A cat beside a cat and a cat on wet grass, STUTTER",
    "A *white* cat sleeps on the old mat, MARKUP",
    "A photo of a cat, BARE"
  })
  void eachFaultIsFound(String text, Rule rule) {
    assertThat(rules(request("cat"), text)).contains(rule);
  }

  @Test
  void tooManyWordsAreAFault() {
    assertThat(
            rules(
                request("cat"),
                "A cat lies on the mat in front of a warm stove while rain falls on the roof of"
                    + " the old stone house outside"))
        .containsExactly(Rule.TOO_LONG);
  }

  @Test
  void aSceneThatWasUsedBeforeIsAFault() {
    PromptRequest request =
        new PromptRequest(
            new Slot(0, List.of("cat")), VOC, List.of("A white cat sleeps on a red mat"), 1);

    assertThat(rules(request, "A white cat sleeps on the red mat"))
        .containsExactly(Rule.LIKE_EARLIER);
    assertThat(rules(request, "A black cat climbs a tall tree")).isEmpty();
  }

  @Test
  void theExampleThatTheModelWasShownIsNoScene() {
    assertThat(
            rules(request("car"), "a photo of a car against a brick wall on a wet street at night"))
        .containsExactly(Rule.LIKE_EARLIER);
  }

  @Test
  void theWorstFaultBoundsTheScore() {
    assertThat(PromptGuards.ceiling(guards.inspect(request("cat"), "A dog"))).isEqualTo(0.3);
    assertThat(PromptGuards.ceiling(List.of())).isEqualTo(1);
  }

  @Test
  void aHotDogIsNoDogAndAnOrangeCatIsNoFruit() {
    PromptRequest cat =
        new PromptRequest(
            new Slot(0, List.of("cat")), List.of("cat", "dog", "hot dog", "orange"), List.of(), 1);

    assertThat(rules(cat, "An orange cat sleeps on a soft blanket")).isEmpty();
    assertThat(rules(cat, "A cat looks at an orange")).containsExactly(Rule.UNWANTED_CLASS);
    assertThat(guards.inspect(cat, "A cat sniffs at a hot dog on a plate"))
        .extracting(Finding::advice)
        .containsExactly("Leave out the hot dog.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Prompt: \"A **grey** cat sleeps on a bench.\" | A grey cat sleeps on a bench",
        "1. A grey cat sleeps on a bench! | A grey cat sleeps on a bench",
        "Sure, here is a prompt: A grey cat on a bench | A grey cat on a bench",
        "A grey kitten sleeps on a bench | A grey cat sleeps on a bench",
        "A cat on a wall, with a dog beside it | A cat on a wall",
        "A cat and a dog on the wet grass | A cat on the wet grass",
        "A cat on a wall while a man watches, in fog | A cat on a wall, in fog",
        "A cat on a wall. The sun sets. | A cat on a wall",
        "A cat in a dark dark dark dark wood | A cat in a dark wood",
        "A photo of a wolf in a snowy wood | a photo of a cat in a snowy wood",
        "Nothing to see | a photo of a cat"
      })
  void whatIsSafeToMendIsMended(String text, String mended) {
    assertThat(guards.repair(request("cat"), text)).isEqualTo(mended);
  }

  @Test
  void linesAreJoined() {
    assertThat(guards.repair(request("cat"), "A grey cat\nsleeps\ton a\u00a0bench"))
        .isEqualTo("A grey cat sleeps on a bench");
  }

  @Test
  void anArticleFollowsTheNameThatItStandsBefore() {
    assertThat(guards.repair(request("aeroplane"), "A plane lands in thick fog"))
        .isEqualTo("An aeroplane lands in thick fog");
  }

  @Test
  void aLabelThatIsMissingBesideAnotherIsAdded() {
    assertThat(guards.repair(request("cat", "dog"), "A cat lies on green grass"))
        .isEqualTo("A cat lies on green grass, with a dog");
  }

  @Test
  void aSubjectThatIsUnwantedIsLeftToTheModel() {
    String text = "A dog and a cat play on the grass";

    assertThat(guards.repair(request("cat"), text)).isEqualTo(text);
    assertThat(guards.truthful(request("cat"), text)).isFalse();
  }

  @Test
  void whatIsTooLongIsCutWhereAClauseEnds() {
    assertThat(
            guards.repair(
                request("cat"),
                "A cat lies on the mat in a warm room near the stove, while rain falls on the roof"
                    + " of the old stone house outside"))
        .isEqualTo("A cat lies on the mat in a warm room near the stove");
  }

  @ParameterizedTest
  @ValueSource(strings = {"A dog with a cat in the deep snow, in fog", "A dog", "", "in on at"})
  void theFloorNamesTheLabelsAndNothingElse(String text) {
    PromptRequest request = request("cat", "sofa");

    assertThat(guards.truthful(request, guards.floor(request, text, "in a room"))).isTrue();
  }

  @Property(tries = 200)
  void mendingTwiceChangesNothingMore(@ForAll("texts") String text) {
    String once = guards.repair(request("cat", "dog"), text);

    assertThat(guards.repair(request("cat", "dog"), once)).isEqualTo(once);
  }

  @Property(tries = 200)
  void aMendedTextNamesEachLabelInPlainWords(@ForAll("texts") String text) {
    assertThat(rules(request("cat", "dog"), guards.repair(request("cat", "dog"), text)))
        .doesNotContain(Rule.LABEL_MISSING, Rule.MARKUP, Rule.SEVERAL_SENTENCES);
  }

  @Property(tries = 200)
  void theFloorIsTruthfulWhateverTheModelWrote(@ForAll("texts") String text) {
    PromptRequest request = request("cat");

    assertThat(guards.truthful(request, guards.floor(request, text, "on a boat"))).isTrue();
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> words =
        Arbitraries.of(
            "a", "A", "cat", "cats", "kitten", "dog", "puppy", "horse", "man", "plane", "and",
            "with", "in", "on", "near", "snow", "green", "photo", "of", "while", "runs", "\"", "*",
            "\n", ".", ". ", ",", "Prompt:", "1.", "-", "’", "wall", "é", "🐈");
    return words.list().ofMaxSize(40).map(list -> String.join(" ", list));
  }
}
