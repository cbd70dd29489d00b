package io.github.iaa4j.wsss.pseudomask;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule.Activations;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class BackgroundRuleTest {

  private static float[] around(long seed, double... levels) {
    Random random = new Random(seed);
    float[] values = new float[levels.length * 500];
    for (int i = 0; i < values.length; i++) {
      double value = levels[i % levels.length] + 0.03 * random.nextGaussian();
      values[i] = (float) Math.max(0, Math.min(1, value));
    }
    return values;
  }

  /** The variance between the classes of values that thresholds separate. */
  private static double variance(float[] values, double... thresholds) {
    double[] counts = new double[thresholds.length + 1];
    double[] sums = new double[counts.length];
    double mean = 0;
    for (float value : values) {
      // As a histogram of 256 bins has it.
      double binned = Math.min(255, Math.floor(value * 256)) / 256;
      int k = (int) Arrays.stream(thresholds).filter(t -> binned >= t).count();
      counts[k]++;
      sums[k] += binned;
      mean += binned / values.length;
    }
    double variance = 0;
    for (int k = 0; k < counts.length; k++) {
      double difference = counts[k] == 0 ? 0 : sums[k] / counts[k] - mean;
      variance += counts[k] / values.length * difference * difference;
    }
    return variance;
  }

  @Property(tries = 50)
  void otsuHasTheGreatestVarianceBetweenBackgroundAndForeground(
      @ForAll @Size(min = 2, max = 60) List<@FloatRange(min = 0, max = 1) Float> list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = list.get(i);
    }
    double threshold = BackgroundRule.otsu().activations(values).foreground()[0];

    double best = 0;
    for (int bin = 1; bin < 256; bin++) {
      best = Math.max(best, variance(values, bin / 256.0));
    }
    assertThat(threshold).isBetween(1 / 256.0, 255 / 256.0);
    assertThat(variance(values, threshold)).isCloseTo(best, within(1e-9));
  }

  @Test
  void otsuLiesBetweenTwoLevels() {
    Activations found = BackgroundRule.otsu().activations(around(1, 0.1, 0.1, 0.1, 0.7));

    assertThat(found.foreground()).containsOnly(found.foreground()[0]);
    assertThat(found.foreground()[0]).isBetween(0.25f, 0.55f);
    assertThat(found.haveTwoThresholds()).isFalse();
  }

  @Test
  void twoThresholdsLieBetweenThreeLevels() {
    float[] values = around(2, 0.1, 0.45, 0.9);
    Activations found = BackgroundRule.twoThresholdOtsu().activations(values);

    float low = found.background()[0];
    float high = found.foreground()[0];
    assertThat(low).isBetween(0.2f, 0.35f);
    assertThat(high).isBetween(0.55f, 0.8f);
    assertThat(found.haveTwoThresholds()).isTrue();
    for (int one = 4; one < 256; one += 9) {
      for (int two = one; two < 256; two += 9) {
        assertThat(variance(values, one / 256.0, two / 256.0))
            .isLessThanOrEqualTo(variance(values, low, high) + 1e-9);
      }
    }
  }

  @Test
  void fewerLevelsThanThresholdsLeaveNothingVoid() {
    float[] two = {0.2f, 0.2f, 0.8f, 0.8f};
    float[] one = {0.8f, 0.8f};

    Activations found = BackgroundRule.twoThresholdOtsu().activations(two);
    assertThat(found.haveTwoThresholds()).isFalse();
    assertThat(found.foreground()[0]).isCloseTo(0.5f, within(0.01f));
    assertThat(BackgroundRule.twoThresholdOtsu().activations(one).foreground()).containsOnly(0.5f);
    assertThat(BackgroundRule.otsu().activations(one).foreground()).containsOnly(0.5f);
  }

  @ParameterizedTest
  @CsvSource({"2,0.38197", "4,0.27551", "32,0.07673"})
  void aPowerIsAsGoodAsTheConstantThatItsDocumentationNames(double alpha, float threshold) {
    float[] greatest = {threshold - 1e-3f, threshold + 1e-3f};

    float[] background = BackgroundRule.power(alpha).activations(greatest).foreground();

    assertThat(greatest[0]).isLessThan(background[0]);
    assertThat(greatest[1]).isGreaterThan(background[1]);
  }

  @Test
  void aConstantIsTheSameAtEveryPixel() {
    Activations found = BackgroundRule.fixed(0.05, 0.3).activations(new float[] {0, 0.2f, 1});

    assertThat(found.foreground()).containsExactly(0.3f, 0.3f, 0.3f);
    assertThat(found.background()).containsExactly(0.05f, 0.05f, 0.05f);
    assertThat(BackgroundRule.fixed(0.3, 0.3)).isEqualTo(BackgroundRule.fixed(0.3));
    assertThat(BackgroundRule.fixed(0.3).activations(new float[2]).haveTwoThresholds()).isFalse();
  }

  private static List<BackgroundRule> rules() {
    return List.of(
        BackgroundRule.fixed(0.35),
        BackgroundRule.fixed(0.25, 0.7),
        BackgroundRule.power(4),
        BackgroundRule.power(4, 32),
        BackgroundRule.otsu(),
        BackgroundRule.twoThresholdOtsu());
  }

  @ParameterizedTest
  @MethodSource("rules")
  void itIsRestoredFromItsDescription(BackgroundRule rule) {
    assertThat(BackgroundRule.of(rule.describe())).isEqualTo(rule);
    assertThat(rules().stream().filter(rule::equals)).hasSize(1);
  }

  @Test
  void aNumberOutOfRangeAndAnUnknownNameAreNamed() {
    assertThatThrownBy(() -> BackgroundRule.fixed(0.7, 0.25))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("0.7 and 0.25, but must be in [0, 1), the lower one first");
    assertThatThrownBy(() -> BackgroundRule.fixed(Double.NaN))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> BackgroundRule.power(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("greater than 0");
    assertThatThrownBy(() -> BackgroundRule.power(32, 4))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the smaller one first");
    assertThatThrownBy(() -> BackgroundRule.of(Description.of("fixed").with("low", 0.1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("fixed: high is missing");
    assertThatThrownBy(() -> BackgroundRule.of(Description.of("guess")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no background rule named guess");
  }
}
