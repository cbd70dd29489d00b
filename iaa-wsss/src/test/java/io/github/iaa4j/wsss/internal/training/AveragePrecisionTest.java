package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class AveragePrecisionTest {

  @Test
  void isTheAreaUnderTheStepsOfTheCurve() {
    // By hand: 0.8 hits (1/1), 0.4 misses, 0.35 hits (2/3): (1 + 2/3) / 2.
    assertThat(
            AveragePrecision.of(
                new float[] {0.1f, 0.4f, 0.35f, 0.8f}, new boolean[] {false, false, true, true}))
        .isCloseTo(5 / 6.0, within(1e-12));
    // Three hits at ranks 1, 3 and 6 of six: (1/1 + 2/3 + 3/6) / 3.
    assertThat(
            AveragePrecision.of(
                new float[] {6, 5, 4, 3, 2, 1},
                new boolean[] {true, false, true, false, false, true}))
        .isCloseTo((1 + 2 / 3.0 + 0.5) / 3, within(1e-12));
  }

  @Test
  void isOneWhereEveryImageOfTheClassComesFirst() {
    assertThat(
            AveragePrecision.of(new float[] {0.9f, 0.2f, 0.8f}, new boolean[] {true, false, true}))
        .isEqualTo(1);
  }

  @Test
  void countsImagesOfEqualScoresTogether() {
    boolean[] first = {true, false, false, true};
    boolean[] last = {false, true, true, false};

    assertThat(AveragePrecision.of(new float[4], first)).isEqualTo(0.5);
    assertThat(AveragePrecision.of(new float[4], last)).isEqualTo(0.5);
  }

  @Test
  void doesNotExistForAClassThatNoImageShowsAndTheMeanLeavesItOut() {
    assertThat(AveragePrecision.of(new float[] {1, 2}, new boolean[2])).isNaN();

    double mean =
        AveragePrecision.mean(
            List.of(new float[] {1, 1, 0}, new float[] {0, 2, 1}), List.of(List.of(0), List.of(2)));

    assertThat(mean).isEqualTo(1);
    assertThat(AveragePrecision.mean(List.of(new float[] {1}), List.of(List.of()))).isNaN();
  }

  @Property
  void isWhatItsDefinitionGives(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 40) int images) {
    Random random = new Random(seed);
    float[] scores = new float[images];
    boolean[] isPositive = new boolean[images];
    for (int i = 0; i < images; i++) {
      scores[i] = random.nextInt(10) / 10f; // with ties
      isPositive[i] = random.nextInt(3) == 0;
    }
    isPositive[random.nextInt(images)] = true;

    assertThat(AveragePrecision.of(scores, isPositive))
        .isCloseTo(naive(scores, isPositive), within(1e-12));
  }

  /** Precision and recall of "the score is at least t", for every t from the highest down. */
  private static double naive(float[] scores, boolean[] isPositive) {
    TreeSet<Float> thresholds = new TreeSet<>();
    int positives = 0;
    for (int i = 0; i < scores.length; i++) {
      thresholds.add(scores[i]);
      positives += isPositive[i] ? 1 : 0;
    }
    double area = 0;
    double recallBefore = 0;
    for (float threshold : thresholds.descendingSet()) {
      int found = 0;
      int right = 0;
      for (int i = 0; i < scores.length; i++) {
        if (scores[i] >= threshold) {
          found++;
          right += isPositive[i] ? 1 : 0;
        }
      }
      double recall = (double) right / positives;
      area += (recall - recallBefore) * right / found;
      recallBefore = recall;
    }
    return area;
  }
}
