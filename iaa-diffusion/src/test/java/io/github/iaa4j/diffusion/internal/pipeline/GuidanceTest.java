package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GuidanceTest {

  private static final float[] UNCONDITIONAL = {0.5f, -1, 0.25f, 2};
  private static final float[] CONDITIONAL = {1, -1.5f, 0, 1};

  @Test
  void extrapolatesBeyondTheConditionalPrediction() {
    assertThat(guided(new Guidance(3, 0, 0, 1))).containsExactly(2, -2.5f, -0.5f, -1);
  }

  /** What rescale_noise_cfg of diffusers 0.42.1 gives. */
  @ParameterizedTest
  @CsvSource({
    "0.3, 1.7789083, -2.2236352, -0.4447271, -0.8894541",
    "0.7, 1.4841192, -1.8551489, -0.3710298, -0.7420596",
    "1.0, 1.2630273, -1.5787841, -0.3157568, -0.6315137"
  })
  void rescalesAsDiffusers(double rescale, float a, float b, float c, float d) {
    assertThat(guided(new Guidance(3, rescale, 0, 1)))
        .containsExactly(new float[] {a, b, c, d}, within(1e-6f));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 0, 10",
    "0.2, 0.8, 2, 8",
    "0.25, 0.55, 2, 5",
    "0.5, 0.5, 0, 0",
    "0.95, 1, 9, 10"
  })
  void roundsTheIntervalDownToWholeSteps(double start, double stop, int first, int end) {
    Guidance guidance = new Guidance(2, 0, start, stop);
    for (int step = 0; step < 10; step++) {
      assertThat(guidance.isOnAt(step, 10)).isEqualTo(step >= first && step < end);
    }
    assertThat(guidance.isOn(10)).isEqualTo(first < end);
  }

  @Test
  void isOffAtAScaleOfOne() {
    assertThat(new Guidance(1, 0, 0, 1).isOn(20)).isFalse();
  }

  @Test
  void measuresHowFarThePredictionsAreApart() {
    assertThat(Guidance.norm(new float[] {3, 4}, new float[] {6, 8})).isEqualTo(1);
    assertThat(Guidance.norm(new float[] {0, 0}, new float[] {6, 8})).isZero();
  }

  private static float[] guided(Guidance guidance) {
    float[] guided = CONDITIONAL.clone();
    guidance.apply(UNCONDITIONAL, guided);
    return guided;
  }
}
