package io.github.iaa4j.wsss.crf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PermutohedralLatticeTest {

  @Property(tries = 60)
  void filtersAsTheLatticeWrittenPlainly(
      @ForAll @IntRange(min = 1, max = 5) int dimensions,
      @ForAll @IntRange(min = 1, max = 200) int points,
      @ForAll @DoubleRange(min = 0, max = 12) double extent,
      @ForAll long seed) {
    Random random = new Random(seed);
    float[] features = new float[points * dimensions];
    for (int i = 0; i < features.length; i++) {
      features[i] = (float) (extent * (random.nextDouble() - 0.3));
    }
    float[][] in = new float[PermutohedralLattice.LANES][points];
    for (float[] lane : in) {
      for (int i = 0; i < points; i++) {
        lane[i] = random.nextFloat();
      }
    }
    PermutohedralLattice lattice =
        PermutohedralLattice.of(features, dimensions, IntStream.range(0, points).toArray());

    float[][] out = filter(lattice, in, points);

    for (int lane = 0; lane < in.length; lane++) {
      double[] expected = plain(features, dimensions, in[lane]);
      for (int i = 0; i < points; i++) {
        assertThat((double) out[lane][i]).isCloseTo(expected[i], within(2e-3 * expected[i] + 1e-4));
      }
    }
  }

  @Test
  void approximatesTheGaussianOfPositionsAndColours() {
    int width = 40;
    int points = width * width;
    float[] features = new float[5 * points];
    Random random = new Random(3);
    for (int i = 0; i < points; i++) {
      int y = i / width;
      features[5 * i] = i % width / 8f;
      features[5 * i + 1] = y / 8f;
      for (int channel = 2; channel < 5; channel++) {
        features[5 * i + channel] = (i % width < 20 ? 0 : 2) + 0.3f * random.nextFloat();
      }
    }
    float[][] in = new float[PermutohedralLattice.LANES][points];
    for (int i = 0; i < points; i++) {
      in[0][i] = i % width > 12 && i / width > 12 ? 1 : 0;
    }
    PermutohedralLattice lattice =
        PermutohedralLattice.of(features, 5, IntStream.range(0, points).toArray()).normalized(1);

    float[] out = filter(lattice, in, points)[0];

    double[] expected = gaussian(features, 5, in[0]);
    double error = 0;
    for (int i = 0; i < points; i++) {
      assertThat((double) out[i]).isCloseTo(expected[i], within(0.12));
      error += Math.abs(out[i] - expected[i]) / points;
    }
    assertThat(error).isLessThan(0.03);
  }

  @Test
  void theOrderInWhichPointsAreVisitedMattersOnlyForRounding() {
    int points = 300;
    float[] features = new float[3 * points];
    Random random = new Random(5);
    for (int i = 0; i < features.length; i++) {
      features[i] = 4 * random.nextFloat();
    }
    float[][] in = new float[PermutohedralLattice.LANES][points];
    in[2][17] = 1;
    int[] forward = IntStream.range(0, points).toArray();
    int[] backward = IntStream.range(0, points).map(i -> points - 1 - i).toArray();

    float[] one = filter(PermutohedralLattice.of(features, 3, forward), in, points)[2];
    float[] other = filter(PermutohedralLattice.of(features, 3, backward), in, points)[2];

    for (int i = 0; i < points; i++) {
      assertThat(one[i]).isCloseTo(other[i], within(1e-5f));
    }
  }

  @Test
  void refusesFeaturesThatItCannotAddress() {
    float[] features = {0, 0, 1e9f, 1e9f};

    assertThatThrownBy(() -> PermutohedralLattice.of(features, 2, new int[] {0, 1}))
        .isInstanceOf(ArithmeticException.class);
  }

  private static float[][] filter(PermutohedralLattice lattice, float[][] in, int points) {
    float[] values = new float[lattice.size()];
    lattice.splat(in, values);
    lattice.blur(values);
    float[][] out = new float[in.length][points];
    lattice.slice(values, out, out);
    return out;
  }

  /** The product with the normalised Gaussian matrix, summed pair by pair. */
  private static double[] gaussian(float[] features, int dimensions, float[] in) {
    int points = in.length;
    double[][] kernel = new double[points][points];
    double[] sums = new double[points];
    for (int i = 0; i < points; i++) {
      for (int j = 0; j < points; j++) {
        double distance = 0;
        for (int k = 0; k < dimensions; k++) {
          double difference = features[i * dimensions + k] - features[j * dimensions + k];
          distance += difference * difference;
        }
        kernel[i][j] = Math.exp(-distance / 2);
        sums[i] += kernel[i][j];
      }
    }
    double[] out = new double[points];
    for (int i = 0; i < points; i++) {
      for (int j = 0; j < points; j++) {
        out[i] += kernel[i][j] / Math.sqrt(sums[i] * sums[j]) * in[j];
      }
    }
    return out;
  }

  /**
   * The lattice by its definition, in lists and maps: a point's corners are found by sorting, and a
   * neighbour by adding to a key.
   */
  private static double[] plain(float[] features, int dimensions, float[] in) {
    int corners = dimensions + 1;
    List<Map<List<Integer>, Double>> cornersOf = new ArrayList<>();
    Map<List<Integer>, Double> values = new HashMap<>();
    for (int i = 0; i < in.length; i++) {
      Map<List<Integer>, Double> shares = corners(features, i * dimensions, dimensions);
      cornersOf.add(shares);
      float value = in[i];
      shares.forEach((key, share) -> values.merge(key, share * value, Double::sum));
    }
    Map<List<Integer>, Double> blurred = values;
    for (int axis = 0; axis < corners; axis++) {
      Map<List<Integer>, Double> next = new HashMap<>();
      for (Map.Entry<List<Integer>, Double> vertex : blurred.entrySet()) {
        List<Integer> up = new ArrayList<>();
        List<Integer> down = new ArrayList<>();
        for (int k = 0; k < corners; k++) {
          up.add(vertex.getKey().get(k) + (k == axis ? -dimensions : 1));
          down.add(vertex.getKey().get(k) - (k == axis ? -dimensions : 1));
        }
        double sides = blurred.getOrDefault(up, 0.0) + blurred.getOrDefault(down, 0.0);
        next.put(vertex.getKey(), vertex.getValue() + sides / 2);
      }
      blurred = next;
    }
    double[] out = new double[in.length];
    for (int i = 0; i < in.length; i++) {
      for (Map.Entry<List<Integer>, Double> corner : cornersOf.get(i).entrySet()) {
        out[i] += corner.getValue() * blurred.getOrDefault(corner.getKey(), 0.0);
      }
    }
    return out;
  }

  /** The corners of the simplex around a point, and the point's barycentric coordinates there. */
  private static Map<List<Integer>, Double> corners(float[] features, int at, int dimensions) {
    int corners = dimensions + 1;
    double[] elevated = new double[corners];
    for (int k = 0; k < dimensions; k++) {
      double scaled =
          features[at + k] * Math.sqrt(2.0 / 3) * corners / Math.sqrt((k + 1.0) * (k + 2.0));
      // Column k of the basis: ones above, minus (k + 1) below.
      for (int row = 0; row <= k; row++) {
        elevated[row] += scaled;
      }
      elevated[k + 1] -= (k + 1) * scaled;
    }
    int[] nearest = new int[corners];
    int sum = 0;
    for (int k = 0; k < corners; k++) {
      nearest[k] = corners * (int) Math.rint(elevated[k] / corners);
      sum += nearest[k];
    }
    // Those that rounding moved the most in the wrong direction are rounded the other way.
    List<Integer> byRest = new ArrayList<>(IntStream.range(0, corners).boxed().toList());
    byRest.sort((a, b) -> Double.compare(elevated[b] - nearest[b], elevated[a] - nearest[a]));
    for (; sum > 0; sum -= corners) {
      nearest[byRest.get(corners - sum / corners)] -= corners;
    }
    for (; sum < 0; sum += corners) {
      nearest[byRest.get(-sum / corners - 1)] += corners;
    }
    byRest.sort((a, b) -> Double.compare(elevated[b] - nearest[b], elevated[a] - nearest[a]));
    Map<List<Integer>, Double> shares = new HashMap<>();
    for (int remainder = 0; remainder < corners; remainder++) {
      Integer[] key = new Integer[corners];
      for (int rank = 0; rank < corners; rank++) {
        int offset = rank < corners - remainder ? remainder : remainder - corners;
        key[byRest.get(rank)] = nearest[byRest.get(rank)] + offset;
      }
      double share;
      if (remainder == 0) {
        share =
            1
                + (rest(elevated, nearest, byRest.get(dimensions))
                        - rest(elevated, nearest, byRest.get(0)))
                    / corners;
      } else {
        share =
            (rest(elevated, nearest, byRest.get(dimensions - remainder))
                    - rest(elevated, nearest, byRest.get(corners - remainder)))
                / corners;
      }
      shares.put(List.of(key), share);
    }
    return shares;
  }

  private static double rest(double[] elevated, int[] nearest, int coordinate) {
    return elevated[coordinate] - nearest[coordinate];
  }
}
