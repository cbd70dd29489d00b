package io.github.iaa4j.wsss.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingSetTest {

  private static final int SIZE = 32;

  private static final LabeledImage GREY =
      LabeledImage.of(
          "grey", List.of("class0"), () -> new RgbImage(SIZE, SIZE, new byte[3 * SIZE * SIZE]));

  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128, 254})
  void theTargetOfAMaskedPixelIsItsClass(int index) {
    List<String> classNames = IntStream.range(0, 254).mapToObj(k -> "class" + k).toList();
    TrainingSet set = new TrainingSet(LabeledDataset.of(classNames, List.of(GREY)), SIZE);
    byte[] mask = new byte[SIZE * SIZE];
    Arrays.fill(mask, (byte) index);
    Random random = new Random(1);

    TrainingSet.Batch batch =
        set.masked(2, set.new Order(random, 0), random, List.of(new LabelMask(SIZE, SIZE, mask)));

    int plane = batch.targets().length / (2 * 255);
    assertThat(IntStream.range(0, batch.targets().length).filter(i -> batch.targets()[i] != 0))
        .isNotEmpty()
        .allMatch(i -> i / plane % 255 == index);
  }
}
