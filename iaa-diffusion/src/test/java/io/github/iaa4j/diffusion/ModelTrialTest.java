package io.github.iaa4j.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.diffusion.internal.pipeline.Guidance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelTrialTest {

  @ParameterizedTest
  @CsvSource({"0, 1, 1", "0.2, 1, 3", "0, 0.5, 6", "0, 0.05, 1"})
  void triesAStepOfEachKind(double start, double stop, int steps) {
    assertThat(ModelTrial.stepsOfEachKind(new Guidance(2, 0, start, stop), null, 10))
        .isEqualTo(steps);
  }
}
