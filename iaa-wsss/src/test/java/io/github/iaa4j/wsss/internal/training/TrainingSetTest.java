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
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
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
          1,
          new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f)));

  private record Grey(String id, boolean generated) implements LabeledImage {

    Grey(String id) {
      this(id, false);
    }

    @Override
    public List<String> labels() {
      return List.of("class0");
    }

    @Override
    public RgbImage image() {
      return new RgbImage(SIZE, SIZE, new byte[3 * SIZE * SIZE]);
    }

    @Override
    public Optional<LabelMask> mask() {
      return Optional.empty();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 127, 128, 254})
  void theTargetOfAMaskedPixelIsItsClass(int index) {
    List<String> classNames = IntStream.range(0, 254).mapToObj(k -> "class" + k).toList();
    TrainingSet set =
        new TrainingSet(
            LabeledDataset.of(classNames, List.of(new Grey("grey"))),
            CROPS,
            1,
            Long.MAX_VALUE,
            () -> {});
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
    List<Noise> images = IntStream.range(0, 8).mapToObj(Noise::new).toList();
    LabeledDataset data = LabeledDataset.of(List.of("class0"), List.copyOf(images));
    TrainingSet all = new TrainingSet(data, CROPS, 1, Long.MAX_VALUE, () -> {});
    images.forEach(image -> image.decoded.set(0));

    TrainingSet some = new TrainingSet(data, CROPS, 1, kept * 3L * SIZE * SIZE, () -> {});
    assertThat(images)
        .extracting(image -> image.decoded.get())
        .filteredOn(n -> n == 1)
        .hasSize(kept);
    for (int step = 0; step < 3; step++) {
      assertThat(batch(some, step).images()).isEqualTo(batch(all, step).images());
      assertThat(batch(some, step).targets()).isEqualTo(batch(all, step).targets());
    }
    assertThat(images.subList(0, kept)).allMatch(image -> image.decoded.get() == 1);
    assertThat(images.subList(kept, 8)).allMatch(image -> image.decoded.get() > 1);
  }

  @Test
  void theTargetsOfAGeneratedImageHaveItsWeight() {
    TrainingSet set =
        new TrainingSet(
            LabeledDataset.of(
                List.of("class0", "class1"),
                List.of(new Grey("real", false), new Grey("generated", true))),
            CROPS,
            0.25,
            Long.MAX_VALUE,
            () -> {});
    LabelMask mask = new LabelMask(SIZE, SIZE, new byte[SIZE * SIZE]);
    Random random = new Random(1);
    TrainingSet.Order order = set.new Order(random, 0.5);

    float[] labels = set.labelled(2, order, random).targets();
    float[] pixels = set.masked(2, order, random, List.of(mask, mask), 2).targets();

    assertThat(labels).containsExactly(1, -1, 0.25f, -0.25f);
    int half = pixels.length / 2;
    assertThat(Arrays.copyOf(pixels, half)).contains(1, 0).doesNotContain(0.25f);
    assertThat(Arrays.copyOfRange(pixels, half, 2 * half)).contains(0.25f, 0).doesNotContain(1);
  }

  @Test
  void skippedBatchesAreThoseThatWouldHaveBeenDrawn() {
    LabeledDataset data =
        LabeledDataset.of(List.of("class0"), IntStream.range(0, 5).mapToObj(Noise::new).toList());
    TrainingSet set = new TrainingSet(data, CROPS, 1, Long.MAX_VALUE, () -> {});
    Random random = new Random(3);
    TrainingSet.Order order = set.new Order(random, 0);
    set.labelled(4, order, random);
    set.labelled(4, order, random);
    float[] third = set.labelled(4, order, random).images();

    Random again = new Random(3);
    TrainingSet.Order skipped = set.new Order(again, 0);
    set.skip(2, 4, skipped, again);

    assertThat(set.labelled(4, skipped, again).images()).isEqualTo(third);
  }

  @Test
  void readingEndsWhereTheCheckpointThrows() {
    List<Noise> images = IntStream.range(0, 200).mapToObj(Noise::new).toList();
    AtomicInteger checkpoints = new AtomicInteger();
    Runnable failingAtTheSecond =
        () -> {
          if (checkpoints.incrementAndGet() == 2) {
            throw new IllegalStateException("cancelled");
          }
        };

    assertThatThrownBy(
            () ->
                new TrainingSet(
                    LabeledDataset.of(List.of("class0"), List.copyOf(images)),
                    CROPS,
                    1,
                    Long.MAX_VALUE,
                    failingAtTheSecond))
        .hasMessage("cancelled");
    assertThat(images).filteredOn(image -> image.decoded.get() > 0).hasSizeLessThan(100);
  }

  private static TrainingSet.Batch batch(TrainingSet set, int seed) {
    Random random = new Random(seed);
    return set.labelled(8, set.new Order(random, 0), random);
  }

  /** An image of noise, larger than the training size, that counts how often it is decoded. */
  private static final class Noise implements LabeledImage {

    private final int seed;
    private final AtomicInteger decoded = new AtomicInteger();

    Noise(int seed) {
      this.seed = seed;
    }

    @Override
    public String id() {
      return "noise" + seed;
    }

    @Override
    public List<String> labels() {
      return List.of("class0");
    }

    @Override
    public boolean generated() {
      return false;
    }

    @Override
    public RgbImage image() {
      decoded.incrementAndGet();
      byte[] pixels = new byte[3 * 50 * 40];
      new Random(seed).nextBytes(pixels);
      return new RgbImage(50, 40, pixels);
    }

    @Override
    public Optional<LabelMask> mask() {
      return Optional.empty();
    }
  }
}
