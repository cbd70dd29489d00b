package io.github.iaa4j.diffusion.internal.text;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.diffusion.internal.pipeline.GaussianNoise;
import org.junit.jupiter.api.Test;

class FinalNormTest {

  private static final int WIDTH = 5;
  private static final double EPSILON = 1e-5;
  private static final float[] SCALE = {1.5f, -0.3f, 0.8f, 2, 1};
  private static final float[] SHIFT = {0.1f, 0.7f, -1, 0, 3};

  @Test
  void findsScalesAndShiftsOfALayerNorm() {
    float[] before = states(1, 40);
    FinalNorm norm = requireNonNull(FinalNorm.fit(before, normed(before), WIDTH, EPSILON, 1e-4));
    float[] other = states(2, 3);
    float[] expected = normed(other);

    norm.apply(other);

    assertThat(other).containsExactly(expected, within(1e-5f));
  }

  @Test
  void seesWhereThereIsAnotherFunction() {
    float[] before = states(1, 40);
    float[] after = normed(before);
    after[17] += 0.01f;

    assertThat(FinalNorm.fit(before, after, WIDTH, EPSILON, 1e-4)).isNull();
  }

  @Test
  void seesWhereThereIsNothingToFit() {
    assertThat(FinalNorm.fit(new float[10], new float[10], WIDTH, EPSILON, 1e-4)).isNull();
  }

  private static float[] states(long seed, int tokens) {
    float[] states = new float[tokens * WIDTH];
    new GaussianNoise(seed).fill(states);
    return states;
  }

  private static float[] normed(float[] states) {
    float[] normed = states.clone();
    for (int start = 0; start < states.length; start += WIDTH) {
      double mean = 0;
      double square = 0;
      for (int c = 0; c < WIDTH; c++) {
        mean += states[start + c] / (double) WIDTH;
        square += states[start + c] * (double) states[start + c] / WIDTH;
      }
      double deviation = Math.sqrt(square - mean * mean + EPSILON);
      for (int c = 0; c < WIDTH; c++) {
        normed[start + c] = (float) (SCALE[c] * (states[start + c] - mean) / deviation + SHIFT[c]);
      }
    }
    return normed;
  }
}
