package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.wsss.internal.ValidationScore;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EarlyStopTest {

  private static EarlyStop measured(int patience, double... scores) {
    EarlyStop stop = new EarlyStop(patience, List.of(), Map.of());
    for (int i = 0; i < scores.length; i++) {
      stop.add(new ValidationScore(10 * (i + 1), scores[i]), weights(10 * (i + 1)));
    }
    return stop;
  }

  private static Map<String, float[]> weights(int step) {
    return Map.of("w", new float[] {step});
  }

  @Test
  void keepsTheWeightsOfTheBestMeasurement() {
    EarlyStop stop = measured(5, 0.2, 0.7, 0.6);

    assertThat(stop.best()).hasValue(new ValidationScore(20, 0.7));
    assertThat(stop.bestWeights().get("w")).containsExactly(20);
  }

  @Test
  void keepsTheEarlierOfTwoEquallyGoodOnes() {
    EarlyStop stop = measured(5, 0.7, 0.7);

    assertThat(stop.best()).hasValue(new ValidationScore(10, 0.7));
    assertThat(stop.bestWeights().get("w")).containsExactly(10);
  }

  @Test
  void isOverAfterAsManyMeasurementsWithoutImprovementAsItsPatience() {
    assertThat(measured(2).isOver()).isFalse();
    assertThat(measured(2, 0.7, 0.6).isOver()).isFalse();
    assertThat(measured(2, 0.7, 0.6, 0.8, 0.1).isOver()).isFalse();
    assertThat(measured(2, 0.7, 0.6, 0.7).isOver()).isTrue();
  }

  @Test
  void isNeverOverWithoutPatience() {
    assertThat(measured(0, 0.7, 0.1, 0.1, 0.1, 0.1).isOver()).isFalse();
  }

  @Test
  void goesOnFromACurveAndItsBestWeights() {
    EarlyStop before = measured(2, 0.7, 0.6);
    EarlyStop after = new EarlyStop(2, before.curve(), before.bestWeights());

    after.add(new ValidationScore(30, 0.5), weights(30));

    assertThat(after.isOver()).isTrue();
    assertThat(after.bestWeights().get("w")).containsExactly(10);
  }
}
