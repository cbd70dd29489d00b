package io.github.iaa4j.llm.internal.guards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.prompt.PromptRequest;
import io.github.iaa4j.core.sampling.TokenCounter;
import io.github.iaa4j.core.words.ClassWords;
import io.github.iaa4j.llm.internal.guards.Finding.Rule;
import io.github.iaa4j.llm.internal.scene.Layout;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PromptGuardsTest extends GuardedPrompts {

  private static String placed(PromptRequest request) {
    return Layout.draw(request.slot().labels(), request.seed()).sentence(ClassWords.builtIn());
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
  void aFaultSaysWhichClassesAndWordsItIsAbout() {
    assertThat(
            guards.inspect(
                request("cat", "diningtable"),
                "A cartoon puppy beside no cat, in deep deep deep snow"))
        .extracting(finding -> finding.rule() + " " + finding.terms())
        .containsExactly(
            "NEGATED [cat]",
            "LABEL_MISSING [diningtable]",
            "UNWANTED_CLASS [dog]",
            "STYLE [cartoon]",
            "STUTTER [deep]");
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
            new Slot(0, List.of("cat")),
            VocDataset.CLASS_NAMES,
            List.of("A white cat sleeps on a red mat"),
            1);

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
    assertThat(PromptGuards.scoreCap(guards.inspect(request("cat"), "A dog"))).isEqualTo(0.3);
    assertThat(PromptGuards.scoreCap(List.of())).isEqualTo(1);
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
  void whatIsSafeToRepairIsRepaired(String text, String repaired) {
    assertThat(guards.repair(request("cat"), text)).isEqualTo(repaired);
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
    assertThat(guards.isUsable(request("cat"), text)).isFalse();
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
  void theFallbackNamesTheLabelsAndNothingElse(String text) {
    PromptRequest request = request("cat", "sofa");

    assertThat(
            guards.isUsable(request, guards.fallback(request, text, placed(request), "in a room")))
        .isTrue();
  }

  /** Counts a token for each letter, as no tokenizer does. */
  private static TokenCounter letters(int limit) {
    return new TokenCounter() {
      @Override
      public int count(String text) {
        return text.replace(" ", "").length();
      }

      @Override
      public int limit() {
        return limit;
      }
    };
  }

  @Test
  void whereTokensAreCountedTheirLimitHoldsAndNotTheWords() {
    PromptGuards counting = guards(letters(30));
    String text = "A grey cat sleeps on a bench while the sun shines warmly";

    assertThat(counting.inspect(request("cat"), text))
        .extracting(Finding::rule)
        .containsExactly(Rule.TOO_LONG);
    assertThat(counting.repair(request("cat"), text)).isEqualTo("A grey cat sleeps on a bench");
    assertThat(
            guards(letters(1000))
                .inspect(
                    request("cat"),
                    "A cat lies on the mat in front of a warm stove while rain falls on the roof of"
                        + " the old stone house outside"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A watercolor painting of a cat on a wall",
        "A cartoon cat on a stone wall",
        "A 3D render of a cat on a wall",
        "A cat on a wall in the style of a poster",
        "A collage of a cat on a wall",
        "A cat beside a sign that says hello",
        "A cat with the words good night below it",
        "A pixel-art cat on a stone wall",
        "A cat on a wall, anime style",
        "A logo with a cat on a wall",
        "A cat on a wall with a caption below",
      })
  void textCollageAndStyleAreForbidden(String text) {
    List<Finding> findings = guards.inspect(request("cat"), text);

    assertThat(findings).extracting(Finding::rule).contains(Rule.STYLE);
    assertThat(PromptGuards.isUsable(findings)).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "A watercolor painting of a cat on a wall | a photo of a cat on a wall",
        "A photo of a painting of a cat on a wall | a photo of a cat on a wall",
        "A cartoon cat on a stone wall | A cat on a stone wall",
        "An abstract cat on a stone wall | A cat on a stone wall",
        "A cat on a stone wall, with a logo in the corner | A cat on a stone wall",
        "A cat on a stone wall, anime style | A cat on a stone wall",
      })
  void aStyleIsRepairedWhereThatIsSafe(String text, String repaired) {
    assertThat(guards.repair(request("cat"), text)).isEqualTo(repaired);
  }

  @Test
  void graffitiInTheSceneIsNoStyle() {
    assertThat(
            guards.inspect(
                request("cat"), "A cat walks along a wall that is covered in bright graffiti"))
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {",", "-", "•", "*", "(", " a", "dog ", "'", "\u200b", "1"})
  @Timeout(20)
  void endlessTextIsRepairedInBoundedTime(String piece) {
    String text = "A cat on a wall" + piece.repeat(1_000_000 / piece.length()) + "b";

    for (String written : List.of(text, piece.repeat(1_000_000 / piece.length()) + "b")) {
      String repaired = guards.repair(request("cat"), written);
      assertThat(repaired.length()).isLessThan(3_000);
      assertThatCode(() -> guards.isTemplate(request("cat"), repaired, written))
          .doesNotThrowAnyException();
      assertThat(rules(request("cat"), written)).contains(Rule.TOO_LONG);
    }
  }

  @Test
  void ofSeveralObjectsAPromptSaysWhereEachStands() {
    PromptRequest request = request("cat", "sofa");

    assertThat(rules(request, "A cat and a red sofa, dim evening light"))
        .containsExactly(Rule.NOT_PLACED);
    assertThat(guards.inspect(request, "A cat in the foreground and a red sofa behind it"))
        .isEmpty();
    assertThat(rules(request("cat"), "A grey cat on a bench")).isEmpty();
  }

  @Test
  void theFallbackSaysWhereEachOfTwoOrThreeStands() {
    for (PromptRequest request :
        List.of(request("cat", "sofa"), request("bird", "person", "train"))) {
      for (long seed = 0; seed < 20; seed++) {
        Layout layout = Layout.draw(request.slot().labels(), seed);
        assertThat(
                guards(letters(1000))
                    .inspect(
                        request,
                        guards(letters(1000))
                            .fallback(
                                request,
                                "",
                                layout.sentence(ClassWords.builtIn()),
                                "on a beach, in fog")))
            .isEmpty();
      }
    }
  }

  @Property(tries = 200)
  void repairingTwiceChangesNothingMore(@ForAll("texts") String text) {
    String once = guards.repair(request("cat", "dog"), text);

    assertThat(guards.repair(request("cat", "dog"), once)).isEqualTo(once);
  }

  @Property(tries = 200)
  void aRepairedTextNamesEachLabelInPlainWords(@ForAll("texts") String text) {
    assertThat(rules(request("cat", "dog"), guards.repair(request("cat", "dog"), text)))
        .doesNotContain(Rule.LABEL_MISSING, Rule.MARKUP, Rule.SEVERAL_SENTENCES);
  }

  @Property(tries = 200)
  void theFallbackIsUsableWhateverTheModelWrote(@ForAll("texts") String text) {
    PromptRequest request = request("cat");

    assertThat(
            guards.isUsable(request, guards.fallback(request, text, placed(request), "on a boat")))
        .isTrue();
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
