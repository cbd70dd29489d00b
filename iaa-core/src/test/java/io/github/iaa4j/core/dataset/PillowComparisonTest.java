package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads what {@code tools/images} made, next to what Pillow reads in it. */
class PillowComparisonTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"jpeg, 438, 2", "png, 7, 0", "bmp, 9, 1", "tiff, 40, 1"})
  void readsEveryCaseAsPillowDoes(String format, int count, int bound) {
    Map<String, Integer> tooFarApart = new TreeMap<>();
    List<ImageCase> cases = ImageCase.all(format);
    for (ImageCase each : cases) {
      int worst = worst(each.expected(), each.read(folder));
      if (worst > bound) {
        tooFarApart.put(each.name(), worst);
      }
    }

    assertThat(cases).hasSize(count);
    assertThat(tooFarApart).isEmpty();
  }

  @Test
  void readsLosslessWebpAsPillowDoes() {
    List<ImageCase> lossless =
        ImageCase.all("webp").stream().filter(c -> c.name().startsWith("lossless")).toList();

    assertThat(lossless)
        .hasSize(5)
        .allSatisfy(each -> assertThat(each.read(folder)).isEqualTo(each.expected()));
  }

  @Test
  void readsLossyWebpAlmostAsPillowDoes() {
    List<ImageCase> lossy =
        ImageCase.all("webp").stream().filter(c -> c.name().startsWith("lossy")).toList();

    assertThat(lossy)
        .hasSize(4)
        .allSatisfy(
            each -> {
              RgbImage image = each.read(folder);
              assertThat(worst(each.expected(), image)).isLessThanOrEqualTo(16);
              assertThat(mean(each.expected(), image)).isLessThanOrEqualTo(2);
            });
  }

  /** The greatest difference of a channel of a pixel, of 255. */
  private static int worst(RgbImage expected, RgbImage image) {
    assertThat(List.of(image.width(), image.height()))
        .isEqualTo(List.of(expected.width(), expected.height()));
    int worst = 0;
    for (int i = 0; i < image.pixels().length; i++) {
      worst = Math.max(worst, difference(expected, image, i));
    }
    return worst;
  }

  private static double mean(RgbImage expected, RgbImage image) {
    double sum = 0;
    for (int i = 0; i < image.pixels().length; i++) {
      sum += difference(expected, image, i);
    }
    return sum / image.pixels().length;
  }

  private static int difference(RgbImage expected, RgbImage image, int i) {
    return Math.abs((expected.pixels()[i] & 0xff) - (image.pixels()[i] & 0xff));
  }
}
