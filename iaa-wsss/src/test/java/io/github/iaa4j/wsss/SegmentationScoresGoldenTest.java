package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.gson.Gson;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.InflaterInputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The scores of torchmetrics, and boundary F by SciPy's distance transform, on the same masks. */
class SegmentationScoresGoldenTest {

  /** torchmetrics computes in float32. */
  private static final double TOLERANCE = 1e-6;

  /** A case of {@code tools/goldens/segmentation_scores.py}. */
  private record Golden(
      String name,
      int classes,
      int width,
      int height,
      List<String> truths,
      List<String> predictions,
      List<Double> iou,
      List<Double> precision,
      List<Double> recall,
      double pixelAccuracy,
      @Nullable Double meanIou,
      double boundaryF,
      List<@Nullable Double> boundaryFOfClasses) {

    @Override
    public String toString() {
      return name;
    }

    SegmentationScores measured() {
      List<LabeledImage> images = new ArrayList<>();
      for (int i = 0; i < truths.size(); i++) {
        images.add(
            new Blobs.Blob(
                Integer.toString(i),
                List.of(),
                new RgbImage(width, height, new byte[3 * width * height]),
                Optional.of(mask(truths.get(i)))));
      }
      List<String> names = IntStream.range(0, classes).mapToObj(k -> "class" + k).toList();
      return SegmentationEvaluation.of(
          LabeledDataset.of(names, images),
          image -> mask(predictions.get(Integer.parseInt(image.id()))));
    }

    private LabelMask mask(String packed) {
      try (InputStream bytes =
          new InflaterInputStream(new ByteArrayInputStream(Base64.getDecoder().decode(packed)))) {
        return new LabelMask(width, height, bytes.readAllBytes());
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    }
  }

  static Stream<Golden> goldens() throws IOException {
    try (InputStream file =
        Objects.requireNonNull(
            SegmentationScoresGoldenTest.class.getResourceAsStream(
                "/golden/segmentation-scores.json"))) {
      return Stream.of(
          new Gson().fromJson(new InputStreamReader(file, StandardCharsets.UTF_8), Golden[].class));
    }
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void countsEqualTorchmetrics(Golden golden) {
    SegmentationScores scores = golden.measured();

    for (int k = 0; k <= golden.classes; k++) {
      ClassScores c = scores.classes().get(k);
      assertThat(zeroIfUndefined(c.iou())).isCloseTo(golden.iou.get(k), within(TOLERANCE));
      assertThat(zeroIfUndefined(c.precision()))
          .isCloseTo(golden.precision.get(k), within(TOLERANCE));
      assertThat(zeroIfUndefined(c.recall())).isCloseTo(golden.recall.get(k), within(TOLERANCE));
    }
    assertThat(scores.pixelAccuracy()).isCloseTo(golden.pixelAccuracy, within(TOLERANCE));
    if (golden.meanIou != null) {
      assertThat(scores.meanIou()).isCloseTo(golden.meanIou, within(TOLERANCE));
    }
  }

  /** As torchmetrics answers for a class that has no pixels. */
  private static double zeroIfUndefined(double value) {
    return Double.isNaN(value) ? 0 : value;
  }

  @ParameterizedTest
  @MethodSource("goldens")
  void boundariesEqualWholeDistanceTransforms(Golden golden) {
    SegmentationScores scores = golden.measured();

    assertThat(scores.boundaryF()).isCloseTo(golden.boundaryF, within(1e-9));
    for (int k = 0; k <= golden.classes; k++) {
      Double expected = golden.boundaryFOfClasses.get(k);
      double measured = scores.classes().get(k).boundaryF();
      if (expected == null) {
        assertThat(measured).isNaN();
      } else {
        assertThat(measured).isCloseTo(expected, within(1e-9));
      }
    }
  }
}
