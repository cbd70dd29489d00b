package io.github.iaa4j.core.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class SamplerInfoTest {

  @Test
  void isBuiltStepByStep() {
    SamplerInfo info =
        SamplerInfo.of("mine", "ab12", 640, 480)
            .withScheduler("DDIMScheduler", 30)
            .withGuidanceScale(7.5)
            .withOptions(Map.of("quality", "high"));

    assertThat(info)
        .isEqualTo(
            new SamplerInfo(
                "mine", "ab12", "DDIMScheduler", 30, 7.5, 640, 480, Map.of("quality", "high")));
  }
}
