package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.wsss.CamSeedScores.AtThreshold;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class CamSeedScoresTest {

  private static final List<String> CLASSES = List.of("cat", "dog");

  /** Finds an image's maps by the first byte of its pixels. */
  private record Maps(List<float[][]> maps) implements WsssModel {

    @Override
    public float[][] cams(RgbImage image) {
      return maps.get(image.pixels()[0]);
    }

    @Override
    public List<String> classNames() {
      return CLASSES;
    }

    @Override
    public float[] score(RgbImage image) {
      throw new UnsupportedOperationException();
    }

    @Override
    public LabelMask pseudoMask(RgbImage image, Collection<String> labels) {
      throw new UnsupportedOperationException();
    }

    @Override
    public LabelMask segment(RgbImage image) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  private static Blobs.Blob image(int number, List<String> labels, int... truth) {
    byte[] indices = new byte[truth.length];
    for (int i = 0; i < truth.length; i++) {
      indices[i] = (byte) truth[i];
    }
    byte[] pixels = new byte[3 * truth.length];
    pixels[0] = (byte) number;
    return new Blobs.Blob(
        "photo" + number,
        labels,
        new RgbImage(truth.length, 1, pixels),
        Optional.of(new LabelMask(truth.length, 1, indices)));
  }

  private static CamSeedScores scores(LabeledImage image, float[]... maps) {
    return SegmentationEvaluation.ofCamSeeds(
        new Maps(List.<float[][]>of(maps)), LabeledDataset.of(CLASSES, List.of(image)), 0.35);
  }

  @Test
  void theThresholdsAreThoseThatPapersSearch() {
    assertThat(CamSeedScores.THRESHOLDS).hasSize(60).startsWith(0.0, 0.01).endsWith(0.58, 0.59);
  }

  @Test
  void theBestThresholdIsTheLowestOfTheGreatestMeanIou() {
    CamSeedScores scores =
        scores(
            image(0, List.of("cat"), 0, 0, 1, 1),
            new float[] {0.1f, 0.25f, 0.55f, 1},
            new float[4]);

    assertThat(scores.bestChosenWithGroundTruth().threshold()).isEqualTo(0.25);
    assertThat(scores.bestChosenWithGroundTruth().scores().meanIou()).isEqualTo(1);
    assertThat(scores.atModelThreshold().threshold()).isEqualTo(0.35);
  }

  @Test
  void theTextSaysThatTheBestWasChosenWithGroundTruth() {
    CamSeedScores scores =
        scores(image(0, List.of("cat"), 0, 1), new float[] {0.5f, 1}, new float[2]);

    assertThat(scores.toString())
        .contains("model's own threshold 0.35", "best threshold 0.50, chosen with ground truth");
  }

  @Test
  void classesThatTheImageIsNotLabelledWithNeverAppear() {
    CamSeedScores scores =
        scores(image(0, List.of("dog"), 0, 2), new float[] {1, 1}, new float[] {0, 0.7f});

    assertThat(scores.atModelThreshold().scores().meanIou()).isEqualTo(1);
  }

  @Test
  void anActivationMustExceedTheThreshold() {
    CamSeedScores scores =
        scores(image(0, List.of("cat"), 0, 1), new float[] {0.07f, 1}, new float[2]);

    assertThat(scores.sweep().get(6).scores().pixelAccuracy()).isEqualTo(0.5);
    assertThat(scores.sweep().get(7).scores().pixelAccuracy()).isEqualTo(1);
  }

  @Property(tries = 50)
  void equalsMasksMadeAtEachThresholdAndMeasuredAlone(@ForAll long seed) {
    Random random = new Random(seed);
    List<LabeledImage> images = new ArrayList<>();
    List<float[][]> maps = new ArrayList<>();
    for (int n = 0; n < 3; n++) {
      int pixels = 1 + random.nextInt(30);
      int[] truth = random.ints(pixels, 0, 4).map(t -> t == 3 ? LabelMask.VOID : t).toArray();
      List<String> labels =
          List.of(List.of("cat"), List.of("cat", "dog"), List.<String>of()).get(random.nextInt(3));
      float[][] cams = new float[2][pixels];
      for (float[] cam : cams) {
        for (int i = 0; i < pixels; i++) {
          // Often exactly at a threshold, and often equal in both maps.
          cam[i] = random.nextBoolean() ? random.nextInt(101) / 100f : random.nextFloat();
          cam[i] = random.nextInt(4) == 0 ? 0.5f : cam[i];
        }
      }
      images.add(image(n, labels, truth));
      maps.add(cams);
    }
    LabeledDataset data = LabeledDataset.of(CLASSES, images);
    double own = random.nextInt(1001) / 1000.0;

    CamSeedScores scores = SegmentationEvaluation.ofCamSeeds(new Maps(maps), data, own);

    List<AtThreshold> all = new ArrayList<>(scores.sweep());
    all.add(scores.atModelThreshold());
    for (AtThreshold at : all) {
      ConfusionMatrix matrix = new ConfusionMatrix(CLASSES);
      for (int n = 0; n < images.size(); n++) {
        matrix.add(
            "photo" + n,
            images.get(n).mask().orElseThrow(),
            seeds(maps.get(n), images.get(n).labels(), at.threshold()));
      }
      assertThat(at.scores()).isEqualTo(matrix.scores());
    }
    assertThat(scores.atModelThreshold().threshold()).isEqualTo(own);
  }

  /** The greatest of a constant background and the maps of the labels; the first of equal ones. */
  private static LabelMask seeds(float[][] cams, List<String> labels, double threshold) {
    byte[] mask = new byte[cams[0].length];
    for (int i = 0; i < mask.length; i++) {
      float[] channels = {
        (float) threshold,
        labels.contains("cat") ? cams[0][i] : 0,
        labels.contains("dog") ? cams[1][i] : 0
      };
      for (int k = 1; k < channels.length; k++) {
        mask[i] = channels[k] > channels[mask[i]] ? (byte) k : mask[i];
      }
    }
    return new LabelMask(mask.length, 1, mask);
  }

  @Test
  void mapsOfAnotherSizeAreRefusedWithTheImage() {
    assertThatThrownBy(() -> scores(image(0, List.of("cat"), 0, 1), new float[3], new float[3]))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("photo0")
        .hasMessageContaining("cat has 3 values")
        .hasMessageContaining("2 x 1");
  }

  @Test
  void anIndexOfTheTrueMaskThatIsNoClassIsRefusedWithImageAndPixel() {
    assertThatThrownBy(() -> scores(image(0, List.of("cat"), 0, 7), new float[2], new float[2]))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("image photo0: the true mask has the index 7 at x 1, y 0")
        .hasMessageContaining("1 to 2 are the classes");
  }

  @Test
  void valuesThatAreNoActivationsAreRefusedWithTheImage() {
    for (float value : new float[] {Float.NaN, -0.1f, 7}) {
      float[] map = {0, value};
      assertThatThrownBy(() -> scores(image(0, List.of("cat"), 0, 1), map, new float[2]))
          .isInstanceOf(ConfigurationException.class)
          .hasMessageContaining("photo0")
          .hasMessageContaining("has the value " + value);
    }
  }

  @Test
  void otherClassesThanTheModelsAreRefused() {
    LabeledDataset data = LabeledDataset.of(List.of("cow"), List.of());

    assertThatThrownBy(() -> SegmentationEvaluation.ofCamSeeds(new Maps(List.of()), data, 0.35))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("cow")
        .hasMessageContaining("cat");
  }

  @Test
  void aThresholdOutsideTheRangeIsRefused() {
    LabeledDataset data = LabeledDataset.of(CLASSES, List.of());

    for (double threshold : new double[] {-0.1, 1.1, Double.NaN}) {
      assertThatThrownBy(
              () -> SegmentationEvaluation.ofCamSeeds(new Maps(List.of()), data, threshold))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(Double.toString(threshold));
    }
  }
}
