package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.training.tracker.Tracker;
import org.junit.jupiter.api.Test;

class SchedulesTest {

  @Test
  void polyIsAPowerOfWhatIsLeft() {
    Tracker rate = Schedules.poly(0.1, 20, 0.9);
    for (int step = 0; step < 20; step++) {
      assertThat(rate.getNewValue(step))
          .isCloseTo((float) (0.1 * Math.pow(1 - step / 20.0, 0.9)), within(1e-7f));
    }
  }

  @Test
  void cosineFallsFromTheRateToNothing() {
    Tracker rate = Schedules.cosine(0.1, 20);
    assertThat(rate.getNewValue(0)).isEqualTo(0.1f);
    assertThat(rate.getNewValue(10)).isCloseTo(0.05f, within(1e-7f));
    assertThat(rate.getNewValue(20)).isCloseTo(0, within(1e-7f));
  }

  @Test
  void aWarmUpRisesToWhereTheScheduleBegins() {
    Tracker rate = Schedules.afterWarmUp(Schedules.poly(0.1, 20, 0.9), 4);
    assertThat(rate.getNewValue(0)).isCloseTo(0.025f, within(1e-7f));
    assertThat(rate.getNewValue(3)).isBetween(0.07f, 0.1f);
    assertThat(rate.getNewValue(4)).isEqualTo(0.1f);
    assertThat(rate.getNewValue(14)).isCloseTo(0.1f * (float) Math.pow(0.5, 0.9), within(1e-6f));
  }

  @Test
  void theSmallNetworksRiseForATenthAndFallToNothing() {
    Tracker rate = Schedules.warmCosine(0.1, 100, 0.1);
    assertThat(rate.getNewValue(0)).isCloseTo(0.01f, within(1e-7f));
    assertThat(rate.getNewValue(10)).isEqualTo(0.1f);
    assertThat(rate.getNewValue(55)).isCloseTo(0.05f, within(1e-7f));
    assertThat(rate.getNewValue(99)).isLessThan(1e-4f);
  }
}
