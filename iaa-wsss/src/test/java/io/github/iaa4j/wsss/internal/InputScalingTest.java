package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class InputScalingTest {

  private static final Normalization UNEVEN =
      new Normalization(List.of(0.5f, 0f, 1f), List.of(0.25f, 0.5f, 1f));

  @ParameterizedTest
  @CsvSource({
    "500,375,320,1.0,320 x 240",
    "375,500,320,1.0,240 x 320",
    "500,375,320,1.5,480 x 360",
    "500,375,0,1.0,504 x 376",
    "500,375,0,0.5,248 x 184",
    "12000,9000,512,2.0,1024 x 768",
    "1,1,64,1.0,64 x 64",
    "1,1,0,1.0,8 x 8",
    "1000,1,64,1.0,64 x 8",
    "64,64,64,0.75,48 x 48"
  })
  void theLongerSideIsScaledAndBothAreRoundedToTheStride(
      int width, int height, int imageSize, double scale, String size) {
    assertThat(TinyNetwork.scaling(imageSize).input(width, height, scale)).hasToString(size);
  }

  @Property
  void theAspectRatioIsKeptWithinHalfAStride(
      @ForAll @IntRange(min = 1, max = 5000) int width,
      @ForAll @IntRange(min = 1, max = 5000) int height,
      @ForAll @IntRange(min = 0, max = 600) int imageSize) {
    InputScaling.Size size = TinyNetwork.scaling(imageSize).input(width, height, 1);
    double factor = imageSize == 0 ? 1 : imageSize / (double) Math.max(width, height);

    assertThat(size.width() % 8).isZero();
    assertThat(size.height() % 8).isZero();
    assertThat(Math.abs(size.width() - Math.max(8, width * factor))).isLessThanOrEqualTo(4 + 1e-9);
    assertThat(Math.abs(size.height() - Math.max(8, height * factor)))
        .isLessThanOrEqualTo(4 + 1e-9);
  }

  @Test
  void imagesAreWorkedWithAtTheirOwnSizeToThePixelWhereNoneIsGiven() {
    assertThat(TinyNetwork.scaling(0).working(501, 377)).hasToString("501 x 377");
  }

  @Test
  void planesAreNormalisedChannelByChannel() {
    float[] planes = {0.5f, 1, 0.5f, 1, 0.5f, 1};

    new InputScaling(64, 8, UNEVEN).normalise(planes);

    assertThat(planes).containsExactly(0, 2, 1, 2, -0.5f, 0);
  }

  @Test
  void valuesOutOfRangeAreNamed() {
    assertThatThrownBy(() -> new InputScaling(-1, 8, UNEVEN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("imageSize is -1");
    assertThatThrownBy(() -> new InputScaling(64, 0, UNEVEN))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stride is 0");
  }
}
