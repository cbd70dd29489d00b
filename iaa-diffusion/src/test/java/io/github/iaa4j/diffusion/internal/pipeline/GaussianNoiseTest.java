package io.github.iaa4j.diffusion.internal.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class GaussianNoiseTest {

  @Test
  void drawsTheSameNumbersForTheSameSeedForEver() {
    float[] noise = new float[5];

    new GaussianNoise(42).fill(noise);

    // From the published algorithms, computed apart from this code with Python's math module.
    assertThat(noise)
        .containsExactly(0.49295065f, -0.69400567f, -1.2810774f, -0.9015572f, -0.601878f);
  }

  @Test
  void isThePolarMethodWhateverTheLength() {
    for (int length : new int[] {1, 2, 127, 128, 129, 130, 1000}) {
      float[] noise = new float[length];

      new GaussianNoise(length).fill(noise);

      assertThat(noise).isEqualTo(polarMethod(length, length));
    }
  }

  /** A number at a time, as it was published. */
  private static float[] polarMethod(long seed, int length) {
    SplittableRandom uniform = new SplittableRandom(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i += 2) {
      double u;
      double v;
      double square;
      do {
        u = 2 * ((uniform.nextLong() >>> 11) * 0x1.0p-53) - 1;
        v = 2 * ((uniform.nextLong() >>> 11) * 0x1.0p-53) - 1;
        square = u * u + v * v;
      } while (square >= 1 || square == 0);
      double radius = Math.sqrt(-2 * StrictMath.log(square) / square);
      values[i] = (float) (u * radius);
      if (i + 1 < length) {
        values[i + 1] = (float) (v * radius);
      }
    }
    return values;
  }

  @Property
  void theLogarithmIsThatOfStrictMath(
      @ForAll @IntRange(min = -104, max = -1) int exponent,
      @ForAll @LongRange(min = 0, max = (1L << 52) - 1) long mantissa) {
    double x = Double.longBitsToDouble(((1023L + exponent) << 52) | mantissa);
    double expected = StrictMath.log(x);

    assertThat(GaussianNoise.log(x)).isCloseTo(expected, within(4 * Math.ulp(expected)));
  }

  @Test
  void drawsOtherNumbersForOtherSeeds() {
    float[] one = new float[64];
    float[] other = new float[64];

    new GaussianNoise(1).fill(one);
    new GaussianNoise(2).fill(other);

    assertThat(one).isNotEqualTo(other);
  }

  @Test
  void drawsAStreamOfItsOwnForEachStep() {
    float[] first = new float[5];
    float[] third = new float[5];
    float[] thirdAgain = new float[5];
    GaussianNoise noise = new GaussianNoise(42);
    noise.fill(2, third);
    noise.fill(0, first);

    noise.fill(2, thirdAgain);
    float[] initial = new float[5];
    noise.fill(initial);

    assertThat(thirdAgain).isEqualTo(third).isNotEqualTo(first);
    // The initial noise of a seed never changes, whatever was drawn before.
    assertThat(initial)
        .containsExactly(0.49295065f, -0.69400567f, -1.2810774f, -0.9015572f, -0.601878f);
  }

  @Test
  void drawsIndependentNoiseForStepsAndSeeds() {
    int size = 100_000;
    float[] one = new float[size];
    float[] other = new float[size];
    for (long[] pair : new long[][] {{1, 0, 1, 1}, {1, 0, 2, 0}, {1, 1, 2, 0}, {0, 3, 1, 2}}) {
      new GaussianNoise(pair[0]).fill((int) pair[1], one);
      new GaussianNoise(pair[2]).fill((int) pair[3], other);
      double correlation = 0;
      for (int i = 0; i < size; i++) {
        correlation += one[i] * other[i] / size;
      }
      assertThat(correlation).isCloseTo(0, within(0.015));
    }
  }

  @Test
  void hasTheMomentsOfAStandardNormal() {
    int count = 1_000_000;
    float[] noise = new float[count];
    new GaussianNoise(7).fill(noise);

    double mean = 0;
    double square = 0;
    double fourth = 0;
    for (float x : noise) {
      mean += x / count;
      square += (double) x * x / count;
      fourth += Math.pow(x, 4) / count;
    }

    assertThat(mean).isCloseTo(0, within(0.005));
    assertThat(square).isCloseTo(1, within(0.01));
    assertThat(fourth).isCloseTo(3, within(0.06));
  }
}
