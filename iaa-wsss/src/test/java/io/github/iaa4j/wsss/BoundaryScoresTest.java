package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BoundaryScoresTest {

  private static final double[] NOT_MEASURED = {Double.NaN, Double.NaN};

  /** Class 1 from column {@code left} on, in an image whose tolerance is exactly 3 pixels. */
  private static LabelMask rightOf(int left) {
    byte[] mask = new byte[320 * 240];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = (byte) (i % 320 >= left ? 1 : 0);
    }
    return new LabelMask(320, 240, mask);
  }

  private static double[] scores(LabelMask truth, LabelMask prediction) {
    return BoundaryScores.ofImage(2, truth, prediction);
  }

  @Test
  void equalMasksHaveOne() {
    assertThat(scores(rightOf(100), rightOf(100))).containsExactly(1, 1);
  }

  @Test
  void aBoundaryWithinTheToleranceMatches() {
    assertThat(scores(rightOf(100), rightOf(102))).containsExactly(1, 1);
  }

  @Test
  void aBoundaryAtTheToleranceDoesNotMatch() {
    // The edges of the image are boundaries too, and they still match.
    assertThat(scores(rightOf(100), rightOf(103))[1]).isBetween(0.5, 0.8);
  }

  @Test
  void aClassInOneMaskAloneHasZero() {
    assertThat(scores(rightOf(320), rightOf(100))[1]).isZero();
    assertThat(scores(rightOf(100), rightOf(320))[1]).isZero();
  }

  @Test
  void aClassInNeitherMaskIsNotMeasured() {
    assertThat(scores(rightOf(320), rightOf(320))).containsExactly(1, Double.NaN);
  }

  @Test
  void whatIsPredictedWhereTheTruthIsVoidDoesNotMatter() {
    byte[] band = rightOf(110).indices().clone();
    for (int i = 0; i < band.length; i++) {
      if (i % 320 >= 90 && i % 320 < 110) {
        band[i] = (byte) LabelMask.VOID;
      }
    }
    LabelMask truth = new LabelMask(320, 240, band);

    assertThat(scores(truth, rightOf(90))).containsExactly(1, 1);
    assertThat(scores(truth, rightOf(110))).containsExactly(1, 1);
    assertThat(scores(truth, rightOf(120))[1]).isLessThan(1);
  }

  @Test
  void theMeanIsOverImagesAndEachClassHasTheMeanOfItsOwn() {
    BoundaryScores scores = new BoundaryScores(2);
    scores.add(new double[] {1, 0.5});
    scores.add(new double[] {0.25, Double.NaN});
    scores.add(NOT_MEASURED);

    assertThat(scores.mean()).isEqualTo((0.75 + 0.25) / 2);
    assertThat(scores.ofClasses()).containsExactly(0.625, 0.5);
  }

  @Test
  void withoutImagesNothingIsMeasured() {
    assertThat(new BoundaryScores(2).mean()).isNaN();
    assertThat(new BoundaryScores(2).ofClasses()).containsExactly(Double.NaN, Double.NaN);
  }

  @Property(tries = 60)
  void equalsEveryPairOfPixelsCompared(@ForAll long seed) {
    Random random = new Random(seed);
    boolean upright = random.nextBoolean();
    int length = 60 + random.nextInt(500);
    int breadth = 1 + random.nextInt(8);
    int width = upright ? breadth : length;
    int height = upright ? length : breadth;
    LabelMask truth = patches(random, width, height);
    LabelMask prediction =
        random.nextInt(4) == 0
            ? patches(random, width, height)
            : moved(truth, random.nextInt(2 * width));

    assertThat(BoundaryScores.ofImage(4, truth, prediction))
        .containsExactly(naive(4, truth, prediction), within(1e-12));
  }

  /** Patches of background, classes 1 to 3, and void. */
  private static LabelMask patches(Random random, int width, int height) {
    byte[] mask = new byte[width * height];
    int[] indices = {0, 1, 2, 3, LabelMask.VOID};
    int patch = 1 + random.nextInt(40);
    for (int start = 0; start < mask.length; start += 1 + random.nextInt(patch)) {
      int end = Math.min(mask.length, start + 1 + random.nextInt(3 * patch));
      Arrays.fill(mask, start, end, (byte) indices[random.nextInt(indices.length)]);
    }
    return new LabelMask(width, height, mask);
  }

  private static LabelMask moved(LabelMask mask, int places) {
    byte[] moved = new byte[mask.indices().length];
    for (int i = 0; i < moved.length; i++) {
      moved[i] = mask.indices()[Math.floorMod(i - places, moved.length)];
    }
    return new LabelMask(mask.width(), mask.height(), moved);
  }

  private static double[] naive(int size, LabelMask truth, LabelMask prediction) {
    double[] scores = new double[size];
    for (int k = 0; k < size; k++) {
      List<int[]> expected = boundary(truth, truth, k);
      List<int[]> found = boundary(prediction, truth, k);
      if (expected.isEmpty() && found.isEmpty()) {
        scores[k] = Double.NaN;
      } else if (!expected.isEmpty() && !found.isEmpty()) {
        double precision = shareNear(found, expected, truth);
        double recall = shareNear(expected, found, truth);
        scores[k] = precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
      }
    }
    return scores;
  }

  private static List<int[]> boundary(LabelMask mask, LabelMask truth, int index) {
    List<int[]> boundary = new ArrayList<>();
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        if (is(mask, truth, x, y, index)
            && !(is(mask, truth, x - 1, y, index)
                && is(mask, truth, x + 1, y, index)
                && is(mask, truth, x, y - 1, index)
                && is(mask, truth, x, y + 1, index))) {
          boundary.add(new int[] {x, y});
        }
      }
    }
    return boundary;
  }

  private static boolean is(LabelMask mask, LabelMask truth, int x, int y, int index) {
    return x >= 0
        && y >= 0
        && x < mask.width()
        && y < mask.height()
        && truth.at(x, y) != LabelMask.VOID
        && mask.at(x, y) == index;
  }

  private static double shareNear(List<int[]> from, List<int[]> to, LabelMask image) {
    double tolerance = 0.0075 * Math.hypot(image.width(), image.height());
    return from.stream()
        .mapToInt(
            a ->
                to.stream().anyMatch(b -> Math.hypot(a[0] - b[0], a[1] - b[1]) < tolerance) ? 1 : 0)
        .average()
        .orElseThrow();
  }
}
