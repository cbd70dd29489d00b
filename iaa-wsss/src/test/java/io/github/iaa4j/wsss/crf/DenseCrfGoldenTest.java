package io.github.iaa4j.wsss.crf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against marginals of pydensecrf, which {@code tools/peers/densecrf} writes. */
class DenseCrfGoldenTest {

  private record Run(String name, DenseCrf crf, RgbImage image, Unary unary, Marginals expected) {

    @Override
    public String toString() {
      return name;
    }
  }

  @ParameterizedTest
  @MethodSource("runs")
  void marginalsAreThoseOfPydensecrf(Run run) {
    float[][] marginals = run.crf().infer(run.image(), run.unary()).probabilities();

    float[][] expected = run.expected().probabilities();
    for (int label = 0; label < marginals.length; label++) {
      for (int i = 0; i < marginals[label].length; i++) {
        assertThat(marginals[label][i])
            .as("label %d, pixel %d", label, i)
            .isCloseTo(expected[label][i], within(1e-4f));
      }
    }
  }

  @Test
  void everyPresetIsCompared() {
    assertThat(runs().map(Run::name))
        .containsAll(Arrays.stream(CrfPreset.values()).map(CrfPreset::name).toList());
  }

  private static Stream<Run> runs() {
    try (InputStream resource = DenseCrfGoldenTest.class.getResourceAsStream("/crf/pydensecrf.gz");
        DataInputStream in =
            new DataInputStream(new GZIPInputStream(Objects.requireNonNull(resource)))) {
      int width = in.readInt();
      int height = in.readInt();
      float[][] probabilities = new float[in.readInt()][width * height];
      RgbImage image = new RgbImage(width, height, in.readNBytes(3 * width * height));
      for (float[] plane : probabilities) {
        for (int i = 0; i < plane.length; i++) {
          plane[i] = in.readUnsignedByte() / 255f;
        }
      }
      LabelMask labels = new LabelMask(width, height, in.readNBytes(width * height));
      Unary soft = Unary.ofProbabilities(probabilities, width, height);
      Unary hard = Unary.ofLabels(labels, probabilities.length, 0.7);
      List<Run> runs = new ArrayList<>();
      for (int left = in.readInt(); left > 0; left--) {
        String name = new String(in.readNBytes(in.readShort()), StandardCharsets.UTF_8);
        boolean isHard = in.readBoolean();
        DenseCrf crf = crf(name, in);
        float[][] expected = new float[probabilities.length][width * height];
        for (float[] plane : expected) {
          for (int i = 0; i < plane.length; i++) {
            plane[i] = in.readUnsignedShort() / 65535f;
          }
        }
        Unary unary = isHard ? hard : soft;
        runs.add(new Run(name, crf, image, unary, new Marginals(width, height, expected)));
      }
      return runs.stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The preset of that name, or else a CRF with the numbers that follow. */
  private static DenseCrf crf(String name, DataInputStream in) throws IOException {
    DenseCrf written =
        DenseCrf.builder()
            .gaussian(in.readDouble(), in.readDouble())
            .bilateral(in.readDouble(), in.readDouble(), in.readDouble())
            .iterations(in.readInt())
            .build();
    return Arrays.stream(CrfPreset.values())
        .filter(preset -> preset.name().equals(name))
        .map(CrfPreset::crf)
        .findFirst()
        .orElse(written);
  }
}
