package io.github.iaa4j.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class MiniLmEmbedderTest {

  private static final String CAT = "A grey cat sleeps on a stone wall in a village at sunset";

  private static MiniLmEmbedder embedder;

  @BeforeAll
  static void load() {
    embedder = MiniLmEmbedder.load();
  }

  @AfterAll
  static void close() {
    embedder.close();
  }

  private static double cosine(String a, String b) {
    return SentenceEmbedder.cosine(embedder.embed(a), embedder.embed(b));
  }

  @Test
  void givesTheVectorsOfTheLibraryThatTheModelComesFrom() {
    // AllMiniLmL6V2QuantizedEmbeddingModel of LangChain4j 1.20.0-beta30 on the same ONNX Runtime.
    float[] vector = embedder.embed(CAT);

    assertThat(vector).hasSize(384);
    assertThat(vector[0]).isCloseTo(0.15320884f, within(2e-3f));
    assertThat(vector[1]).isCloseTo(0.055173177f, within(2e-3f));
    assertThat(vector[383]).isCloseTo(0.015204776f, within(2e-3f));
    assertThat(SentenceEmbedder.cosine(vector, vector)).isCloseTo(1, within(1e-6));
  }

  @Test
  void whatSaysTheSameInOtherWordsIsNearerThanAnotherScene() {
    assertThat(cosine(CAT, "A grey cat sits on a wall in a village at dusk"))
        .isGreaterThan(0.75)
        .isGreaterThan(cosine(CAT, "A cat chases a leaf in a forest in the morning") + 0.3);
  }

  @Test
  void manyThreadsGetTheSameVectors() {
    List<float[]> vectors =
        IntStream.range(0, 32)
            .parallel()
            .mapToObj(i -> embedder.embed(i % 2 == 0 ? CAT : "a dog"))
            .toList();

    assertThat(vectors.get(30)).isEqualTo(vectors.get(0)).isNotEqualTo(vectors.get(1));
  }

  @Test
  void aVeryLongTextIsReadToItsLimit() {
    String endless = String.join(" ", Collections.nCopies(5000, "cat"));

    assertThat(embedder.embed(endless)).hasSize(384);
  }

  @Test
  void aClosedEmbedderSaysSo() {
    MiniLmEmbedder closed = MiniLmEmbedder.load();
    closed.close();
    closed.close();

    assertThatThrownBy(() -> closed.embed(CAT))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
  }

  @Test
  void vectorsOfDifferentModelsAreNotCompared() {
    assertThatThrownBy(() -> SentenceEmbedder.cosine(new float[3], new float[4]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("3", "4");
  }
}
