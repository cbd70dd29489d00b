package io.github.iaa4j.wsss;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.wsss.MeasuredImages;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Scores from counts equal those of sets of pixels, written out. */
class ConfusionMatrixPropertyTest {

  @Property(tries = 200)
  void equalsSetsOfPixels(@ForAll long seed, @ForAll @IntRange(min = 1, max = 5) int images) {
    Random random = new Random(seed);
    int[] indices = {0, 1, 2, 3, LabelMask.VOID};
    ConfusionMatrix matrix = new ConfusionMatrix(List.of("cat", "dog", "cow"));
    int side = 1 + random.nextInt(4);
    byte[] truth = new byte[images * side * side];
    byte[] prediction = new byte[truth.length];
    int used = 1 + random.nextInt(indices.length);
    for (int i = 0; i < truth.length; i++) {
      truth[i] = (byte) indices[indices.length - 1 - random.nextInt(used)];
      prediction[i] = (byte) indices[random.nextInt(indices.length)];
    }
    for (int image = 0; image < images; image++) {
      matrix.add("image" + image, mask(truth, image, side), mask(prediction, image, side));
    }

    SegmentationScores scores = matrix.scores();

    for (int k = 0; k <= 3; k++) {
      byte c = (byte) k;
      double both = count(truth, prediction, (t, p) -> t == c && p == c);
      double either = count(truth, prediction, (t, p) -> t == c || p == c);
      double marked = count(truth, prediction, (t, p) -> p == c);
      double real = count(truth, prediction, (t, p) -> t == c);
      assertThat(scores.classes().get(k))
          .isEqualTo(
              new ClassScores(
                  scores.classNames().get(k),
                  both / either,
                  both / marked,
                  both / real,
                  Double.NaN));
    }
    double right = count(truth, prediction, Byte::equals);
    double all = count(truth, prediction, (t, p) -> true);
    assertThat(scores.pixelAccuracy()).isEqualTo(Double.valueOf(right / all));
    assertThat(scores.images()).isEqualTo(new MeasuredImages(images, 0, 0));
  }

  private static LabelMask mask(byte[] all, int image, int side) {
    byte[] indices = new byte[side * side];
    System.arraycopy(all, image * indices.length, indices, 0, indices.length);
    return new LabelMask(side, side, indices);
  }

  /** Of the pixels whose truth is not void; as a double, so that 0 / 0 is NaN. */
  private static double count(byte[] truth, byte[] prediction, BiPredicate<Byte, Byte> condition) {
    int count = 0;
    for (int i = 0; i < truth.length; i++) {
      if (truth[i] != (byte) LabelMask.VOID && condition.test(truth[i], prediction[i])) {
        count++;
      }
    }
    return count;
  }
}
