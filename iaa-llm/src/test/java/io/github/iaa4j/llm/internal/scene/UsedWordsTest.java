package io.github.iaa4j.llm.internal.scene;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.words.ClassWords;
import java.util.List;
import org.junit.jupiter.api.Test;

class UsedWordsTest {

  private static final List<String> TEXTS =
      List.of(
          "A cat sleeps on a beach at sunset",
          "A photo of cats on the beach, in the rain",
          "A kitten runs on the beach at sunset",
          "A cat on a red bicycle beside a wall, in the rain");

  @Test
  void theWordsThatComeBackAreNamedMostFrequentFirst() {
    assertThat(UsedWords.of(TEXTS, List.of("cat"), ClassWords.builtIn(), 12))
        .isEqualTo("beach, rain, sunset");
  }

  @Test
  void noMoreWordsThanAskedFor() {
    assertThat(UsedWords.of(TEXTS, List.of("cat"), ClassWords.builtIn(), 1)).isEqualTo("beach");
  }

  @Test
  void whatStandsOnceIsNotNamed() {
    assertThat(UsedWords.of(TEXTS.subList(0, 1), List.of("cat"), ClassWords.builtIn(), 12))
        .isEmpty();
  }

  @Test
  void theLabelsAreNotNamed() {
    assertThat(
            UsedWords.of(
                List.of("a potted plant on a shelf", "two potted plants on a shelf"),
                List.of("pottedplant"),
                ClassWords.builtIn(),
                12))
        .isEqualTo("shelf");
  }
}
