package io.github.iaa4j.wsss.pseudomask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.crf.DenseCrf;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class RefinementTest {

  private static RgbImage noise(int width, int height, long seed) {
    byte[] pixels = new byte[3 * width * height];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  private static float[] activations(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = random.nextFloat();
    }
    return values;
  }

  private static int clamp(int position, int length) {
    return Math.max(0, Math.min(length - 1, position));
  }

  /** PAMR as the paper has it, one pixel after the other, each neighbour with its formula. */
  private static float[] plainPamr(RgbImage image, float[] map, int iterations) {
    int width = image.width();
    int height = image.height();
    double[] current = new double[map.length];
    Arrays.setAll(current, i -> map[i]);
    for (int iteration = 0; iteration < iterations; iteration++) {
      double[] next = new double[map.length];
      for (int i = 0; i < map.length; i++) {
        double total = 0;
        for (int[] offset : offsets()) {
          int other =
              clamp(i / width + offset[1], height) * width + clamp(i % width + offset[0], width);
          double kernel = 0;
          for (int c = 0; c < 3; c++) {
            double difference = Math.abs(colour(image, i, c) - colour(image, other, c));
            kernel -= difference / (1e-8 + 0.1 * deviation(image, i, c)) / 3;
          }
          next[i] += Math.exp(kernel) * current[other];
          total += Math.exp(kernel);
        }
        next[i] /= total;
      }
      current = next;
    }
    float[] result = new float[map.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) current[i];
    }
    return result;
  }

  private static List<int[]> offsets() {
    return Arrays.stream(new int[] {1, 2, 4, 8, 12, 24})
        .boxed()
        .flatMap(
            d ->
                List.of(
                    new int[] {-d, -d},
                    new int[] {0, -d},
                    new int[] {d, -d},
                    new int[] {-d, 0},
                    new int[] {d, 0},
                    new int[] {-d, d},
                    new int[] {0, d},
                    new int[] {d, d})
                    .stream())
        .toList();
  }

  private static double colour(RgbImage image, int pixel, int channel) {
    return (image.pixels()[3 * pixel + channel] & 0xff) / 255.0;
  }

  private static double deviation(RgbImage image, int i, int channel) {
    double[] sample = new double[54];
    int n = 0;
    for (int[] offset : offsets()) {
      int y = clamp(i / image.width() + offset[1], image.height());
      int x = clamp(i % image.width() + offset[0], image.width());
      sample[n++] = colour(image, y * image.width() + x, channel);
    }
    while (n < sample.length) {
      sample[n++] = colour(image, i, channel);
    }
    double mean = Arrays.stream(sample).average().orElseThrow();
    return Math.sqrt(Arrays.stream(sample).map(v -> (v - mean) * (v - mean)).sum() / 53);
  }

  @Property(tries = 20)
  void pixelAdaptiveRefinementIsThatOfThePaper(
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll long seed) {
    RgbImage image = noise(width, height, seed);
    float[] map = activations(width * height, seed);

    float[][] refined = Refinement.pixelAdaptive(2).propagate(image, new float[][] {map});

    assertThat(refined[0]).containsExactly(plainPamr(image, map, 2), within(1e-5f));
  }

  @Test
  void pixelAdaptiveRefinementIsThatOfItsAuthorsCode() throws IOException {
    try (InputStream resource = RefinementTest.class.getResourceAsStream("/pseudomask/pamr.gz");
        DataInputStream in =
            new DataInputStream(new GZIPInputStream(Objects.requireNonNull(resource)))) {
      int width = in.readInt();
      int height = in.readInt();
      int classes = in.readInt();
      int iterations = in.readInt();
      byte[] pixels = in.readNBytes(3 * width * height);
      float[][] maps = floats(in, classes, width * height);
      float[][] expected = floats(in, classes, width * height);

      float[][] refined =
          Refinement.pixelAdaptive(iterations).propagate(new RgbImage(width, height, pixels), maps);

      for (int k = 0; k < classes; k++) {
        assertThat(refined[k]).containsExactly(expected[k], within(1e-4f));
      }
    }
  }

  private static float[][] floats(DataInputStream in, int planes, int length) throws IOException {
    float[][] values = new float[planes][length];
    for (float[] plane : values) {
      for (int i = 0; i < length; i++) {
        plane[i] = in.readFloat();
      }
    }
    return values;
  }

  private static List<Refinement> refinements() {
    return List.of(
        Refinement.none(),
        Refinement.colourAffinity(20),
        Refinement.pixelAdaptive(10),
        Refinement.denseCrf(CrfPreset.IRN.crf()),
        Refinement.pixelAdaptive(3).withDenseCrf(CrfPreset.PSA.crf()),
        Refinement.denseCrf(
            DenseCrf.builder().gaussian(1.5, 2).gaussian(0.25, 3).iterations(4).build()));
  }

  @ParameterizedTest
  @MethodSource("refinements")
  void itIsRestoredFromItsDescription(Refinement refinement) {
    assertThat(Refinement.of(refinement.describe())).isEqualTo(refinement);
    assertThat(refinement.describe().isComplete()).isTrue();
  }

  @Test
  void noTwoHaveTheSameDescription() {
    assertThat(refinements().stream().map(Refinement::describe)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("refinements")
  void aConstantMapStaysConstant(Refinement refinement) {
    float[] constant = new float[30 * 20];
    Arrays.fill(constant, 0.4f);

    float[] refined = refinement.propagate(noise(30, 20, 1), new float[][] {constant})[0];

    for (float value : refined) {
      assertThat(value).isCloseTo(0.4f, within(1e-4f));
    }
  }

  @Test
  void activationsFillARegionOfOneColourAndStopAtItsEdge() {
    byte[] pixels = new byte[3 * 30 * 30];
    float[] map = new float[30 * 30];
    for (int i = 0; i < map.length; i++) {
      boolean isLeft = i % 30 < 15;
      Arrays.fill(pixels, 3 * i, 3 * i + 3, (byte) (isLeft ? 200 : 30));
      map[i] = isLeft && i / 30 < 15 ? 1 : 0;
    }
    for (Refinement refinement :
        List.of(Refinement.colourAffinity(30), Refinement.pixelAdaptive(30))) {
      float[] refined = refinement.propagate(new RgbImage(30, 30, pixels), new float[][] {map})[0];

      assertThat(refined[22 * 30 + 7]).isGreaterThan(0.2f);
      assertThat(refined[7 * 30 + 16]).isLessThan(0.02f);
    }
  }

  @Test
  void noStepsLeaveTheActivationsAsTheyAre() {
    float[][] maps = {activations(12, 1)};

    assertThat(Refinement.none().propagate(noise(4, 3, 1), maps)).isSameAs(maps);
    assertThat(Refinement.colourAffinity(0).propagate(noise(4, 3, 1), maps)).isSameAs(maps);
  }

  @Test
  void aNumberOutOfRangeAndAnUnknownNameAreNamed() {
    assertThatThrownBy(() -> Refinement.pixelAdaptive(101))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PAMR: steps is 101, but must be from 0 to 100");
    assertThatThrownBy(() -> Refinement.of(Description.of("magic")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no refinement named magic");
    assertThatThrownBy(() -> Refinement.of(Description.of("PAMR")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("PAMR: steps is missing");
  }
}
