package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.ConfigurationException;
import org.junit.jupiter.api.Test;

class WsssTrainingOptionsTest {

  @Test
  void allOptionsOutOfRangeAreNamedAtOnce() {
    assertThatThrownBy(
            () ->
                WsssTraining.builder()
                    .classifierSteps(0)
                    .batchSize(1)
                    .imageSize(20)
                    .cropSize(60)
                    .learningRate(Double.NaN)
                    .camScales()
                    .segmentScales(1, 4.5)
                    .generatedShare(1.5)
                    .generatedWeight(0)
                    .validationEvery(0)
                    .patience(-1)
                    .checkpointEvery(-1)
                    .build())
        .isInstanceOfSatisfying(
            ConfigurationException.class, e -> assertThat(e.faults()).hasSize(12))
        .hasMessageContaining("imageSize is 20")
        .hasMessageContaining("cropSize is 60");
  }
}
