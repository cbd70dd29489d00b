package io.github.iaa4j.wsss.crf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class DenseCrfTest {

  private static final DenseCrf CRF =
      DenseCrf.builder().gaussian(2, 3).bilateral(20, 15, 5).iterations(4).build();

  @Property(tries = 40)
  void marginalsSumToOne(
      @ForAll @IntRange(min = 1, max = 20) int labels,
      @ForAll @IntRange(min = 1, max = 40) int width,
      @ForAll @IntRange(min = 1, max = 40) int height,
      @ForAll long seed) {
    Marginals marginals = CRF.infer(image(width, height, seed), unary(labels, width, height, seed));

    for (int i = 0; i < width * height; i++) {
      double sum = 0;
      for (float[] plane : marginals.probabilities()) {
        assertThat(plane[i]).isBetween(0f, 1f);
        sum += plane[i];
      }
      assertThat(sum).isCloseTo(1, within(1e-5));
    }
  }

  @Property(tries = 40)
  void termsWithoutWeightLeaveTheUnarysGreatest(
      @ForAll @IntRange(min = 1, max = 20) int labels, @ForAll long seed) {
    DenseCrf weightless = DenseCrf.builder().gaussian(3, 0).bilateral(80, 13, 0).build();
    float[][] probabilities = probabilities(labels, 15, 11, seed);

    LabelMask mask =
        weightless.infer(image(15, 11, seed), Unary.ofProbabilities(probabilities, 15, 11)).mask();

    for (int i = 0; i < 15 * 11; i++) {
      for (float[] plane : probabilities) {
        assertThat(plane[i]).isLessThanOrEqualTo(probabilities[mask.indices()[i] & 0xff][i]);
      }
    }
  }

  @Property(tries = 40)
  void permutedLabelsGivePermutedMarginals(
      @ForAll @IntRange(min = 2, max = 20) int labels, @ForAll long seed) {
    RgbImage image = image(17, 12, seed);
    float[][] probabilities = probabilities(labels, 17, 12, seed);
    List<Integer> order = new ArrayList<>(IntStream.range(0, labels).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    float[][] permuted = order.stream().map(k -> probabilities[k]).toArray(float[][]::new);

    float[][] plain =
        CRF.infer(image, Unary.ofProbabilities(probabilities, 17, 12)).probabilities();
    float[][] other = CRF.infer(image, Unary.ofProbabilities(permuted, 17, 12)).probabilities();

    for (int k = 0; k < labels; k++) {
      for (int i = 0; i < 17 * 12; i++) {
        // The sum over the labels is rounded in another order.
        assertThat(other[k][i]).isCloseTo(plain[order.get(k)][i], within(1e-5f));
      }
    }
  }

  @Test
  void labelsMoveToTheEdgesOfTheImage() {
    int width = 48;
    byte[] pixels = new byte[3 * width * width];
    byte[] labels = new byte[width * width];
    for (int i = 0; i < width * width; i++) {
      Arrays.fill(pixels, 3 * i, 3 * i + 3, (byte) (i % width < 24 ? 40 : 200));
      labels[i] = (byte) (i % width < 20 ? 0 : 1);
    }

    LabelMask mask =
        CrfPreset.IRN
            .crf()
            .infer(
                new RgbImage(width, width, pixels),
                Unary.ofLabels(new LabelMask(width, width, labels), 2, 0.7))
            .mask();

    for (int i = 0; i < width * width; i++) {
      assertThat(mask.indices()[i]).isEqualTo((byte) (i % width < 24 ? 0 : 1));
    }
  }

  @Test
  void anImageOfOneColourIsSmoothed() {
    RgbImage grey = new RgbImage(30, 30, new byte[3 * 900]);
    byte[] speck = new byte[900];
    speck[15 * 30 + 15] = 1;

    LabelMask mask =
        CrfPreset.PSA
            .crf()
            .infer(grey, Unary.ofLabels(new LabelMask(30, 30, speck), 2, 0.7))
            .mask();

    assertThat(mask.indices()).containsOnly(0);
  }

  @Test
  void onePixelKeepsItsLabel() {
    float[][] probabilities = {{0.2f}, {0.7f}, {0.1f}};

    Marginals marginals =
        CrfPreset.PSA
            .crf()
            .infer(
                new RgbImage(1, 1, new byte[] {1, 2, 3}),
                Unary.ofProbabilities(probabilities, 1, 1));

    assertThat(marginals.mask().at(0, 0)).isEqualTo(1);
  }

  @Test
  void oneLabelIsCertain() {
    LabelMask zeros = new LabelMask(9, 7, new byte[63]);

    for (Unary unary :
        List.of(Unary.ofLabels(zeros, 1, 0.7), Unary.ofProbabilities(new float[1][63], 9, 7))) {
      assertThat(CRF.infer(image(9, 7, 1), unary).probabilities()[0]).containsOnly(1);
    }
  }

  @Test
  void withoutIterationsMarginalsAreTheUnarysProbabilities() {
    float[][] probabilities = {{0.5f, 0, 1}, {0.5f, 0, 1}};
    DenseCrf none = DenseCrf.builder().gaussian(3, 3).iterations(0).build();

    float[][] marginals =
        none.infer(image(3, 1, 1), Unary.ofProbabilities(probabilities, 3, 1)).probabilities();

    assertThat(marginals[0]).containsExactly(0.5f, 0.5f, 0.5f);
  }

  @Test
  void voidPixelsMayBeAnything() {
    LabelMask labels = new LabelMask(3, 1, new byte[] {1, (byte) LabelMask.VOID, 0});
    DenseCrf none = DenseCrf.builder().build();

    float[][] marginals =
        none.infer(image(3, 1, 1), Unary.ofLabels(labels, 4, 0.7)).probabilities();

    assertThat(marginals[1][0]).isCloseTo(0.7f, within(1e-6f));
    assertThat(marginals[2][0]).isCloseTo(0.1f, within(1e-6f));
    assertThat(marginals[1][1]).isEqualTo(0.25f);
  }

  @Test
  void pixelsOfLittleConfidenceAreVoidInAConfidentMask() {
    float[][] probabilities = {{0.96f, 0.5f, 0.1f}, {0.04f, 0.5f, 0.9f}};
    Marginals marginals =
        DenseCrf.builder()
            .build()
            .infer(image(3, 1, 1), Unary.ofProbabilities(probabilities, 3, 1));

    assertThat(marginals.mask(0.95).indices()).containsExactly(0, 255, 255);
    assertThat(marginals.mask().indices()).containsExactly(0, 0, 1);
    assertThatThrownBy(() -> marginals.mask(1.1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("minConfidence is 1.1, but must be in [0, 1]");
  }

  @Test
  void severalUnariesOfAnImageGetWhatEachGetsAlone() {
    RgbImage image = image(23, 17, 5);
    List<Unary> unaries = List.of(unary(3, 23, 17, 1), unary(11, 23, 17, 2), unary(3, 23, 17, 1));

    List<Marginals> together = CRF.infer(image, unaries);

    for (int i = 0; i < unaries.size(); i++) {
      assertThat(together.get(i).probabilities())
          .isDeepEqualTo(CRF.infer(image, unaries.get(i)).probabilities());
    }
  }

  @Test
  void severalThreadsGetTheBytesOfOne() throws InterruptedException, ExecutionException {
    RgbImage image = image(60, 45, 4);
    Unary unary = unary(21, 60, 45, 4);
    float[][] alone = CRF.infer(image, unary).probabilities();
    Callable<float[][]> again = () -> CRF.infer(image, unary).probabilities();
    ExecutorService pool = Executors.newFixedThreadPool(4);
    try {
      for (Future<float[][]> marginals :
          pool.invokeAll(Stream.generate(() -> again).limit(8).toList())) {
        assertThat(marginals.get()).isDeepEqualTo(alone);
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void aDescriptionNamesEverySetting() {
    assertThat(CrfPreset.TOCO.crf().describe().toString())
        .isEqualTo(
            "dense CRF (iterations 10, term1 gaussian, term1.sigmaXy 1.0, term1.weight 1.0,"
                + " term2 bilateral, term2.sigmaRgb 5.0, term2.sigmaXy 121.0, term2.weight 4.0)");
  }

  @Test
  void refusesSizesThatDoNotFit() {
    assertThatThrownBy(() -> CRF.infer(image(3, 2, 1), unary(2, 2, 3, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the image has 3 x 2 pixels, the unary potentials 2 x 3");
    assertThatThrownBy(() -> Unary.ofProbabilities(new float[][] {{1, 0}, {1}}, 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("label 1 has 1 values, not 2 x 1");
    assertThatThrownBy(() -> Unary.ofProbabilities(new float[1][0], 0, 5))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("an image cannot have the size 0 x 5");
  }

  @Test
  void refusesWhatIsNoProbability() {
    for (float wrong : new float[] {Float.NaN, -0.1f, 1.5f, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(
              () -> Unary.ofProbabilities(new float[][] {{1, 1, 1, 1}, {0, 0, 0, wrong}}, 2, 2))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the probability of label 1 at x 1, y 1 is " + wrong + ", not in [0, 1]");
    }
  }

  @Test
  void refusesLabelsThatAreTooManyOrMissing() {
    assertThatThrownBy(() -> Unary.ofProbabilities(new float[256][1], 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are 256 labels, but must be 1 to 255");
    assertThatThrownBy(() -> Unary.ofProbabilities(new float[0][], 1, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there are 0 labels, but must be 1 to 255");
    LabelMask labels = new LabelMask(2, 1, new byte[] {0, 3});
    assertThatThrownBy(() -> Unary.ofLabels(labels, 3, 0.7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the mask has label 3 at x 1, y 0, but there are only 3 labels");
  }

  @Test
  void refusesSettingsOutsideTheirRange() {
    DenseCrf.Builder builder = DenseCrf.builder();
    for (double wrong : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> builder.gaussian(wrong, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("sigmaXy is " + wrong + ", but must be a finite number greater than 0");
      assertThatThrownBy(() -> builder.bilateral(80, wrong, 3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("sigmaRgb is " + wrong + ", but must be a finite number greater than 0");
    }
    assertThatThrownBy(() -> builder.gaussian(3, -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("weight is -1.0, but must be a finite number of at least 0");
    assertThatThrownBy(() -> builder.iterations(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("iterations is -1, but must be at least 0");
    LabelMask labels = new LabelMask(1, 1, new byte[1]);
    assertThatThrownBy(() -> Unary.ofLabels(labels, 2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("confidence is 1.0, but must be greater than 0 and less than 1");
  }

  @Test
  void refusesADeviationThatIsTooSmallForTheImage() {
    DenseCrf tiny = DenseCrf.builder().gaussian(1e-5, 3).build();

    assertThatThrownBy(() -> tiny.infer(image(30, 20, 1), unary(2, 30, 20, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "an image of 30 x 20 is too large for gaussian (sigmaXy 1.0E-5, weight 3.0); use"
                + " larger standard deviations or scale the image down");
  }

  private static RgbImage image(int width, int height, long seed) {
    byte[] pixels = new byte[3 * width * height];
    new Random(seed).nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }

  private static Unary unary(int labels, int width, int height, long seed) {
    return Unary.ofProbabilities(probabilities(labels, width, height, seed), width, height);
  }

  private static float[][] probabilities(int labels, int width, int height, long seed) {
    Random random = new Random(seed + 1);
    float[][] probabilities = new float[labels][width * height];
    for (float[] plane : probabilities) {
      for (int i = 0; i < plane.length; i++) {
        plane[i] = random.nextFloat();
      }
    }
    return probabilities;
  }
}
