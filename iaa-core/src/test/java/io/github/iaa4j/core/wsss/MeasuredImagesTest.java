package io.github.iaa4j.core.wsss;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MeasuredImagesTest {

  @Test
  void saysHowManyOfAllWereMeasured() {
    assertThat(new MeasuredImages(5, 0, 0)).hasToString("measured on 5 of 5 images");
  }

  @Test
  void saysWhyTheOthersWereSkipped() {
    assertThat(new MeasuredImages(5, 2, 0))
        .hasToString("measured on 5 of 7 images; skipped: 2 generated");
    assertThat(new MeasuredImages(5, 0, 1))
        .hasToString("measured on 5 of 6 images; skipped: 1 without a true mask");
    assertThat(new MeasuredImages(5, 2, 1))
        .hasToString("measured on 5 of 8 images; skipped: 2 generated, 1 without a true mask");
  }
}
