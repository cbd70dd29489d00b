package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainingSetTest {

  private static final int SIZE = 32;
  private static final Crops CROPS =
      new Crops(
          SIZE,
          SIZE,
          0.8,
          1,
          new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f)));

  private static final LabeledImage GREY =
      LabeledImage.of(
          "grey", List.of("class0"), () -> new RgbImage(SIZE, SIZE, new byte[3 * SIZE * SIZE]));

  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128, 254})
  void theTargetOfAMaskedPixelIsItsClass(int index) {
    List<String> classNames = IntStream.range(0, 254).mapToObj(k -> "class" + k).toList();
    TrainingSet set =
        new TrainingSet(
            LabeledDataset.of(classNames, List.of(GREY)), CROPS, Long.MAX_VALUE, () -> {});
    byte[] mask = new byte[SIZE * SIZE];
    Arrays.fill(mask, (byte) index);
    Random random = new Random(1);

    TrainingSet.Batch batch =
        set.masked(
            2, set.new Order(random, 0), random, List.of(new LabelMask(SIZE, SIZE, mask)), 2);

    int plane = batch.targets().length / (2 * 255);
    assertThat(IntStream.range(0, batch.targets().length).filter(i -> batch.targets()[i] != 0))
        .isNotEmpty()
        .allMatch(i -> i / plane % 255 == index);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 5})
  void imagesThatDoNotFitAreDecodedWhenTheyAreDrawnAndGiveTheSameBatches(int kept) {
    List<AtomicInteger> decoded = counters(8);
    LabeledDataset data = noise(decoded);
    TrainingSet all = new TrainingSet(data, CROPS, Long.MAX_VALUE, () -> {});
    decoded.forEach(count -> count.set(0));

    TrainingSet some = new TrainingSet(data, CROPS, kept * 3L * SIZE * SIZE, () -> {});
    assertThat(decoded).filteredOn(count -> count.get() == 1).hasSize(kept);
    for (int step = 0; step < 3; step++) {
      assertThat(batch(some, step).images()).isEqualTo(batch(all, step).images());
      assertThat(batch(some, step).targets()).isEqualTo(batch(all, step).targets());
    }
    assertThat(decoded.subList(0, kept)).allMatch(count -> count.get() == 1);
    assertThat(decoded.subList(kept, 8)).allMatch(count -> count.get() > 1);
  }

  @Test
  void readingEndsWhereTheCheckpointThrows() {
    List<AtomicInteger> decoded = counters(200);
    AtomicInteger checkpoints = new AtomicInteger();
    Runnable failingAtTheSecond =
        () -> {
          if (checkpoints.incrementAndGet() == 2) {
            throw new IllegalStateException("cancelled");
          }
        };

    assertThatThrownBy(
            () -> new TrainingSet(noise(decoded), CROPS, Long.MAX_VALUE, failingAtTheSecond))
        .hasMessage("cancelled");
    assertThat(decoded).filteredOn(count -> count.get() > 0).hasSizeLessThan(100);
  }

  private static TrainingSet.Batch batch(TrainingSet set, int seed) {
    Random random = new Random(seed);
    return set.labelled(8, set.new Order(random, 0), random);
  }

  private static List<AtomicInteger> counters(int count) {
    return Stream.generate(AtomicInteger::new).limit(count).toList();
  }

  /** Images of noise, larger than the training size, that count how often they are decoded. */
  private static LabeledDataset noise(List<AtomicInteger> decoded) {
    return LabeledDataset.of(
        List.of("class0"),
        IntStream.range(0, decoded.size())
            .mapToObj(
                seed ->
                    LabeledImage.of(
                        "noise" + seed,
                        List.of("class0"),
                        () -> {
                          decoded.get(seed).incrementAndGet();
                          byte[] pixels = new byte[3 * 50 * 40];
                          new Random(seed).nextBytes(pixels);
                          return new RgbImage(50, 40, pixels);
                        }))
            .toList());
  }
}
