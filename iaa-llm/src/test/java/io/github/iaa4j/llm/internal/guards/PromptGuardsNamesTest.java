package io.github.iaa4j.llm.internal.guards;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What names a class, and what only looks like it. */
class PromptGuardsNamesTest extends GuardedPrompts {

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
  @ValueSource(
      strings = {
        "A cat next to a black_dog in fog",
        "A cat next to a black|dog in fog",
        "A cat next to a black\ud83d\udc36dog in fog",
        "A cat next to a black\u200bdog in fog",
        "A cat next to a golden_retriever in fog",
      })
  void noMarkThatIsTakenAwayHidesAnotherClass(String text) {
    String repaired = guards.repair(request("cat"), text);

    assertThat(repaired).doesNotContainIgnoringCase("dog").doesNotContain("retriever");
    assertThat(rules(request("cat"), text.replace('_', ' '))).contains(Rule.UNWANTED_CLASS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A beach without the little white fluffy cat",
        "A wall and not a single small cat on it",
        "There isn't a cat on the stone wall",
        "A wooden porch with zero cats in the sun",
        "A quiet street at dawn with no sign of cats",
        "A wide field with no trace of cats in fog",
        "A man not wearing a cat on a wide lawn",
        "This is no longer a cat on a stone wall",
      })
  void aDenialInManyWordsIsOne(String text) {
    assertThat(rules(request("cat"), text)).contains(Rule.NEGATED);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A beach with no people around a white cat",
        "A cat that isn't far from a cat",
        "A road without cars and a cat in the sun",
        "A black dog walks without a leash past two cats",
        "A dog without a collar chases cats on a lawn",
        "A dog without a leash chasing grey cats on a lawn",
        "A dog with no leash runs toward sleeping cats",
        "A lake without ripples reflects white cats",
        "On a sub-zero morning cats sit on a wall",
        "No fewer than three cats on a stone wall",
      })
  void aDenialOfSomethingElseIsNone(String text) {
    assertThat(rules(request("cat"), text)).doesNotContain(Rule.NEGATED);
  }

  @Test
  void aStopSignIsNoTextAndTheClassOfThatNameIsNoStyle() {
    PromptRequest request =
        new PromptRequest(
            new Slot(0, List.of("stop sign", "poster")),
            List.of("stop sign", "poster", "cat"),
            List.of(),
            1);

    assertThat(guards.inspect(request, "A stop sign beside a torn poster on a wet street"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A cat and a d\u043eg on the wet grass",
        "A cat and a d\u200bo\u200bg on the wet grass",
        "A cat and a d-o-g on the wet grass",
        "A cat and two D\u00d6GS on the wet grass",
        "A cat on wet grass in a dog-friendly park",
        "A cat and a hound on the wet grass",
        "A cat and a \uff44\uff4f\uff47 on the wet grass",
        "A cat without a dog on the wet grass",
        "A cat near a train station in fog",
        "A cat under a table in a bare room",
        "A cat and women on the wet grass",
        "A cat plays with 2dogs on the wet grass",
        "A cat and dog1 on the wet grass",
        "A cat4dog on the wet grass",
        "A cat watches a goods train in fog",
        "A cat beside a red sports bike in fog",
        "A cat sits next to train in fog",
        "A cat walks beside its owner on the wet grass",
      })
  void noSpellingSmugglesAnotherClassIn(String text) {
    assertThat(rules(request("cat"), text)).contains(Rule.UNWANTED_CLASS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A cat beside an open catalogue on a red carpet",
        "A cat with a scar in a bathroom",
        "A cat sniffs at a hot dog on a plate",
        "A cat in a boathouse by a calm lake",
        "A cat in a yard where teams train hard",
        "A man-made pond with a cat at its edge",
        "A bird's-eye view of a cat on a red roof",
        "An orange cat on a vegetable patch",
      })
  void otherWordsAreNoOtherClass(String text) {
    assertThat(rules(request("cat"), text)).doesNotContain(Rule.UNWANTED_CLASS, Rule.LABEL_MISSING);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dog | A hot dog on a white plate in a kitchen",
        "dog | A dog-friendly cafe on a busy square",
        "cat | A thick catalogue on a wooden desk",
        "train | Many athletes train on a muddy field",
        "train | An empty train station in thick fog",
        "boat | A boathouse by a calm lake",
        "diningtable | A low coffee table in a bright room",
      })
  void whatOnlySoundsLikeTheLabelDoesNotNameIt(String label, String text) {
    assertThat(rules(request(label), text)).contains(Rule.LABEL_MISSING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A grey cat on a wall without the cat",
        "A wall devoid of any cat in deep snow",
        "An empty street lacking a cat",
      })
  void aLabelThatIsDeniedIsNotShown(String text) {
    List<Finding> findings = guards.inspect(request("cat"), text);

    assertThat(findings).extracting(Finding::rule).contains(Rule.NEGATED);
    assertThat(PromptGuards.isUsable(findings)).isFalse();
  }

  @Test
  void lettersThatTheTextEncoderDoesNotKnowAreForbiddenAndRepaired() {
    String text = "A grey c\u0430t sleeps by a \u732b on a warm wall \ud83d\udc08";

    assertThat(rules(request("cat"), text)).contains(Rule.FOREIGN_LETTERS, Rule.MARKUP);
    assertThat(guards.repair(request("cat"), text))
        .isEqualTo("A grey cat sleeps by a on a warm wall");
  }

  @Test
  void namesInAnotherScriptAreReadInIt() {
    PromptRequest request =
        new PromptRequest(
            new Slot(0, List.of("\u043a\u043e\u0448\u043a\u0430")),
            List.of("\u043a\u043e\u0448\u043a\u0430", "\u0441\u043e\u0431\u0430\u043a\u0430"),
            List.of(),
            1);

    assertThat(guards.inspect(request, "\u043a\u043e\u0448\u043a\u0430 sleeps on a warm wall"))
        .isEmpty();
    assertThat(
            rules(
                request,
                "\u043a\u043e\u0448\u043a\u0430 and \u0421\u043e\u0431\u0430\u043a\u0430 sleep on a warm wall"))
        .containsExactly(Rule.UNWANTED_CLASS);
  }
}
