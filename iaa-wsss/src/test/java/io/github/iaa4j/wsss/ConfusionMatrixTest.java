package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
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
    matrix.add(mask(0, 0, 1, 1, 1, 2), mask(0, 1, 1, 1, 0, 2));

    assertThat(matrix.scores().iou()).containsExactly(1.0 / 3, 2.0 / 4, 1.0);
    assertThat(matrix.scores().meanIou()).isCloseTo((1.0 / 3 + 0.5 + 1) / 3, within(1e-12));
  }

  @Test
  void pixelsOfVoidTruthAreIgnored() {
    matrix.add(mask(0, 1, 255, 255), mask(0, 1, 1, 2));

    assertThat(matrix.scores().iou()).containsExactly(1.0, 1.0, Double.NaN);
  }

  @Test
  void countsAreSummedOverImagesBeforeTheyAreDivided() {
    matrix.add(mask(1, 1, 1, 1), mask(1, 1, 1, 1));
    matrix.add(mask(1, 0), mask(0, 1));

    assertThat(matrix.scores().iou().get(1)).isEqualTo(4.0 / 6);
  }

  @Test
  void aClassThatIsOnlyPredictedCountsAsZero() {
    matrix.add(mask(1, 1, 0, 0), mask(1, 2, 0, 0));

    SegmentationScores scores = matrix.scores();
    assertThat(scores.iou()).containsExactly(1.0, 0.5, 0.0);
    assertThat(scores.meanIou()).isEqualTo(0.5);
  }

  @Test
  void aClassInNeitherTruthNorPredictionIsNotInTheMean() {
    matrix.add(mask(1, 1, 0, 0, 255), mask(1, 0, 0, 0, 2));

    SegmentationScores scores = matrix.scores();
    assertThat(scores.iou()).containsExactly(2.0 / 3, 0.5, Double.NaN);
    assertThat(scores.meanIou()).isCloseTo((2.0 / 3 + 0.5) / 2, within(1e-12));
  }

  @Test
  void aVoidPredictionIsAFalseNegativeAndNoFalsePositive() {
    matrix.add(mask(1, 1, 0), mask(1, 255, 0));

    assertThat(matrix.scores().iou()).containsExactly(1.0, 0.5, Double.NaN);
  }

  @Test
  void countsCanBeRead() {
    matrix.add(mask(1, 1, 2), mask(2, 2, 2));

    assertThat(matrix.count(1, 2)).isEqualTo(2);
    assertThat(matrix.count(2, 2)).isEqualTo(1);
    assertThat(matrix.count(2, 1)).isZero();
  }

  @Test
  void masksOfDifferentSizesAreRefused() {
    assertThatThrownBy(() -> matrix.add(mask(0, 0), mask(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("2 x 1")
        .hasMessageContaining("1 x 1");
  }

  @Test
  void indicesThatAreNotClassesAreRefused() {
    assertThatThrownBy(() -> matrix.add(mask(0), mask(3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3");
    assertThatThrownBy(() -> matrix.add(mask(9), mask(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("9");
  }
}
