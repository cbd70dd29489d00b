package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.ConfigurationException;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConfusionMatrixTest {

  private final ConfusionMatrix matrix = new ConfusionMatrix(List.of("cat", "dog"));

  private static LabelMask mask(int... indices) {
    byte[] bytes = new byte[indices.length];
    for (int i = 0; i < indices.length; i++) {
      bytes[i] = (byte) indices[i];
    }
    return new LabelMask(indices.length, 1, bytes);
  }

  @Test
  void iouIsTheOverlapOverTheUnionOfEachClass() {
    matrix.add("photo", mask(0, 0, 1, 1, 1, 2), mask(0, 1, 1, 1, 0, 2));

    assertThat(matrix.scores().iou()).containsExactly(1.0 / 3, 2.0 / 4, 1.0);
    assertThat(matrix.scores().meanIou()).isCloseTo((1.0 / 3 + 0.5 + 1) / 3, within(1e-12));
  }

  @Test
  void pixelsOfVoidTruthAreIgnored() {
    matrix.add("photo", mask(0, 1, 255, 255), mask(0, 1, 1, 2));

    assertThat(matrix.scores().iou()).containsExactly(1.0, 1.0, Double.NaN);
  }

  @Test
  void countsAreSummedOverImagesBeforeTheyAreDivided() {
    matrix.add("photo", mask(1, 1, 1, 1), mask(1, 1, 1, 1));
    matrix.add("photo", mask(1, 0), mask(0, 1));

    assertThat(matrix.scores().iou().get(1)).isEqualTo(4.0 / 6);
  }

  @Test
  void aClassThatIsOnlyPredictedCountsAsZero() {
    matrix.add("photo", mask(1, 1, 0, 0), mask(1, 2, 0, 0));

    SegmentationScores scores = matrix.scores();
    assertThat(scores.iou()).containsExactly(1.0, 0.5, 0.0);
    assertThat(scores.meanIou()).isEqualTo(0.5);
  }

  @Test
  void aClassInNeitherTruthNorPredictionIsNotInTheMean() {
    matrix.add("photo", mask(1, 1, 0, 0, 255), mask(1, 0, 0, 0, 2));

    SegmentationScores scores = matrix.scores();
    assertThat(scores.iou()).containsExactly(2.0 / 3, 0.5, Double.NaN);
    assertThat(scores.meanIou()).isCloseTo((2.0 / 3 + 0.5) / 2, within(1e-12));
  }

  @Test
  void aVoidPredictionIsAFalseNegativeAndNoFalsePositive() {
    matrix.add("photo", mask(1, 1, 0), mask(1, 255, 0));

    assertThat(matrix.scores().iou()).containsExactly(1.0, 0.5, Double.NaN);
  }

  @Test
  void countsCanBeRead() {
    matrix.add("photo", mask(1, 1, 2), mask(2, 2, 2));

    assertThat(matrix.count(1, 2)).isEqualTo(2);
    assertThat(matrix.count(2, 2)).isEqualTo(1);
    assertThat(matrix.count(2, 1)).isZero();
  }

  @Test
  void precisionIsWhatOfTheMarkedPixelsIsRight() {
    matrix.add("photo", mask(0, 0, 1, 1, 1, 2), mask(0, 1, 1, 1, 0, 0));

    assertThat(matrix.scores().classes())
        .extracting(ClassScores::precision)
        .containsExactly(1.0 / 3, 2.0 / 3, Double.NaN);
    assertThat(matrix.scores().meanPrecision()).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void recallIsWhatOfAClassWasFound() {
    matrix.add("photo", mask(0, 0, 1, 1, 1, 1), mask(0, 1, 1, 1, 0, 2));

    assertThat(matrix.scores().classes())
        .extracting(ClassScores::recall)
        .containsExactly(0.5, 0.5, Double.NaN);
    assertThat(matrix.scores().meanRecall()).isEqualTo(0.5);
  }

  @Test
  void pixelsLeftUnlabelledLowerRecallAndAccuracyButNotPrecision() {
    matrix.add("photo", mask(1, 1, 1, 1, 0), mask(1, 255, 255, 2, 0));

    SegmentationScores scores = matrix.scores();
    assertThat(scores.classes().get(1).precision()).isEqualTo(1.0);
    assertThat(scores.classes().get(1).recall()).isEqualTo(0.25);
    assertThat(scores.pixelAccuracy()).isEqualTo(0.4);
  }

  @Test
  void boundariesAreNotInCounts() {
    matrix.add("photo", mask(0, 1), mask(0, 1));

    assertThat(matrix.scores().boundaryF()).isNaN();
    assertThat(matrix.scores().toString()).doesNotContain("boundary");
  }

  @Test
  void masksOfDifferentSizesAreRefusedWithTheImage() {
    assertThatThrownBy(() -> matrix.add("photo7", mask(0, 0), mask(0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("image photo7")
        .hasMessageContaining("2 x 1")
        .hasMessageContaining("1 x 1");
  }

  @Test
  void indicesThatAreNotClassesAreRefusedWithTheImageAndCountNothing() {
    assertThatThrownBy(() -> matrix.add("photo7", mask(0, 0), mask(0, 3)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("image photo7: the predicted mask has the index 3 at x 1, y 0");
    assertThatThrownBy(() -> matrix.add("photo8", mask(0, 9), mask(0, 0)))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("image photo8: the true mask has the index 9 at x 1, y 0");
    assertThat(matrix.count(0, 0)).isZero();
  }
}
