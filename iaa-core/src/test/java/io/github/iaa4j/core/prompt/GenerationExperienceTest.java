package io.github.iaa4j.core.prompt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.words.ClassWords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GenerationExperienceTest {

  private final List<GeneratedPrompt> generated = new ArrayList<>();

  private void accepted(String text, String... labels) {
    generated.add(
        new GeneratedPrompt(
            generated.size(),
            0,
            List.of(labels),
            new Prompt(text, ""),
            1,
            true,
            40,
            Map.of(),
            0,
            0));
  }

  private void failed(Reason reason, String text, String... labels) {
    generated.add(
        new GeneratedPrompt(
            generated.size(),
            0,
            List.of(labels),
            new Prompt(text, ""),
            4,
            false,
            160,
            Map.of(List.of(reason), 4),
            0,
            0));
  }

  private double expectation(String text, String... labels) {
    return GenerationExperience.of(generated).expectation(List.of(labels), text);
  }

  @Test
  void nothingGeneratedSaysNothing() {
    assertThat(expectation("a red cat", "cat")).isEqualTo(0.5, within(1e-9));
    assertThat(expectation("a red cat", "cat", "dog")).isEqualTo(0.25, within(1e-9));
    assertThat(GenerationExperience.none().advice(List.of("cat"))).isEmpty();
  }

  @Test
  void wordsThatWentWithAcceptedImagesArePreferred() {
    accepted("a white cat on a farm", "cat");
    accepted("a white cat at sea", "cat");
    failed(Reason.missing("cat"), "a black cat at sea", "cat");

    assertThat(expectation("a white cat at sea", "cat"))
        .isGreaterThan(expectation("a grey cat at sea", "cat"))
        .isGreaterThan(0.5);
    assertThat(expectation("a black cat at sea", "cat"))
        .isLessThan(expectation("a grey cat at sea", "cat"));
  }

  @Test
  void aColourBelongsToTheWordBehindIt() {
    for (int i = 0; i < 4; i++) {
      accepted("a white cat beside a black dog", "cat", "dog");
      failed(Reason.missing("cat"), "a black cat beside a white dog", "cat", "dog");
    }

    assertThat(expectation("a white cat beside a black dog", "cat"))
        .isGreaterThan(2 * expectation("a black cat beside a white dog", "cat"));
  }

  @Test
  void onlyTheClassThatTheReasonNamesIsBlamed() {
    failed(Reason.missing("dog"), "a cat and a dog at dusk", "cat", "dog");

    assertThat(expectation("a cat", "cat")).isGreaterThan(0.5);
    assertThat(expectation("a dog", "dog")).isLessThan(0.5);
  }

  @Test
  void aReasonThatNamesNoneBlamesAll() {
    failed(Reason.other("too dark"), "a cat and a dog at dusk", "cat", "dog");

    assertThat(expectation("a cat", "cat")).isLessThan(0.5);
    assertThat(expectation("a dog", "dog")).isLessThan(0.5);
  }

  @Test
  void whatIsKnownOfAWordElsewhereHelpsWithAClassThatWasNeverGeneratedWithIt() {
    for (int i = 0; i < 5; i++) {
      failed(Reason.missing("cat"), "a cat at dusk", "cat");
      accepted("a cat on a farm", "cat");
    }

    assertThat(expectation("a dog on a farm", "dog"))
        .isGreaterThan(expectation("a dog at dusk", "dog"));
  }

  @Test
  void adviceNamesTheWordsThatMakeADifference() {
    for (int i = 0; i < 8; i++) {
      accepted("a white cat on a farm with a dog", "cat");
      failed(Reason.missing("cat"), "a black cat at dusk with a dog", "cat");
    }
    accepted("a dog", "dog");

    assertThat(GenerationExperience.of(generated).advice(List.of("cat")))
        .isEqualTo("Images of a cat come out well with farm, white and badly with black, dusk.");
  }

  @Test
  void adviceNamesClassesInTheWordsThatTheUserGave(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(folder.resolve("words.txt"), "[cat]\nsay: house tiger\nalso: mouser\n");
    for (int i = 0; i < 8; i++) {
      accepted("a white mouser on a farm", "cat");
      failed(Reason.missing("cat"), "a black cat at dusk", "cat");
    }

    assertThat(
            GenerationExperience.of(generated)
                .withWords(ClassWords.read(file))
                .and(GenerationExperience.none())
                .advice(List.of("cat")))
        .startsWith("Images of a house tiger come out well with ")
        .doesNotContain("mouser");
  }

  @Test
  void itIsDescribedTheSameInEveryProcess() {
    accepted("a white cat", "cat");

    assertThat(GenerationExperience.of(generated).describe())
        .hasToString("experience (prompts 1, sha256 817cf094b54617f0)");
  }

  @Test
  void aClassWhoseNameHoldsThatOfAnotherIsNotTakenForIt() {
    failed(Reason.missing("carrot"), "a car beside a carrot", "car", "carrot");
    failed(
        Reason.other("no hot dog in sight", "hot dog"), "a hot dog beside a dog", "dog", "hot dog");

    assertThat(expectation("a car", "car")).isGreaterThan(0.5);
    assertThat(expectation("a carrot", "carrot")).isLessThan(0.5);
    assertThat(expectation("a dog", "dog")).isGreaterThan(0.5);
    assertThat(expectation("a hot dog", "hot dog")).isLessThan(0.5);
  }

  @Test
  void anImageThatRepeatsAnotherDidShowItsLabels() {
    generated.add(
        new GeneratedPrompt(
            0, 0, List.of("cat"), new Prompt("a white cat", ""), 3, false, 120, Map.of(), 3, 0));

    assertThat(expectation("a white cat", "cat")).isGreaterThan(0.5);
    assertThat(GenerationExperience.of(generated).describe())
        .isNotEqualTo(GenerationExperience.of(List.of(withoutImage())).describe());
  }

  private static GeneratedPrompt withoutImage() {
    return new GeneratedPrompt(
        0, 0, List.of("cat"), new Prompt("a white cat", ""), 3, false, 0, Map.of(), 0, 3);
  }

  @Test
  void whatCouldNotBeGeneratedTeachesNothing() {
    generated.add(withoutImage());

    assertThat(expectation("a white cat", "cat")).isEqualTo(0.5, within(1e-9));
  }

  @Test
  void adviceThatIsAskedForAgainAndAgainIsWorkedOutOnce() {
    StringBuilder manyWords = new StringBuilder("a cat");
    for (int i = 0; i < 2000; i++) {
      manyWords.append(" word").append(i);
    }
    for (int i = 0; i < 3; i++) {
      failed(Reason.missing("cat"), manyWords.toString(), "cat");
    }
    for (int i = 0; i < 40; i++) {
      accepted("a thing", "class" + i);
    }
    GenerationExperience experience = GenerationExperience.of(generated);

    // Anew each time it would be 400 million comparisons of a word with a class.
    assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () -> {
          for (int i = 0; i < 5000; i++) {
            assertThat(experience.advice(List.of("cat"))).startsWith("Images of a cat");
          }
        });
  }
}
