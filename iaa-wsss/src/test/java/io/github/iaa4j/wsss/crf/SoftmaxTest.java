package io.github.iaa4j.wsss.crf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SoftmaxTest {

  @Test
  void exponentialIsWithinFiveMillionths() {
    int count = 100_000;
    float[] plane = new float[count];
    for (int i = 0; i < count; i++) {
      plane[i] = -40f * i / count;
    }
    float[] from = plane.clone();

    Softmax.exp(plane, new float[count], 0, count);

    assertThat(plane[0]).isEqualTo(1);
    for (int i = 0; i < count; i++) {
      assertThat((double) plane[i]).isCloseTo(Math.exp(from[i]), within(5e-6));
    }
  }

  @Test
  void exponentialOfWhatIsFarBelowIsSmallAndNotZero() {
    float[] plane = {-1e30f, Float.NEGATIVE_INFINITY, -41};

    Softmax.exp(plane, new float[3], 0, 3);

    assertThat(plane[0]).isBetween(1e-18f, 1e-17f);
    assertThat(plane).containsOnly(plane[0]);
  }

  @Test
  void isTheSoftmaxOfMessagesTimesPriors() {
    int pixels = 2500;
    float[][] planes = new float[3][pixels];
    float[][] priors = new float[3][pixels];
    for (int label = 0; label < 3; label++) {
      for (int i = 0; i < pixels; i++) {
        planes[label][i] = (i % 17 - 8f) * (label - 1);
      }
      Arrays.fill(priors[label], 0.1f + 0.3f * label);
    }
    float[][] messages = Arrays.stream(planes).map(float[]::clone).toArray(float[][]::new);

    new Softmax(pixels).apply(planes, priors);

    for (int i = 0; i < pixels; i++) {
      double sum = 0;
      for (int label = 0; label < 3; label++) {
        sum += priors[label][i] * Math.exp(messages[label][i]);
      }
      for (int label = 0; label < 3; label++) {
        double expected = priors[label][i] * Math.exp(messages[label][i]) / sum;
        assertThat((double) planes[label][i]).isCloseTo(expected, within(1e-5));
      }
    }
  }
}
