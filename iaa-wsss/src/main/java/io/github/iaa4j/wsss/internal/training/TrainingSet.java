package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.wsss.internal.InputScaling.Size;
import io.github.iaa4j.wsss.internal.Pixels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The training images, no larger than crops need them, and the drawing of batches from them.
 *
 * <p>Images are kept in memory with 8 bits per channel, at most {@code 3 * longSide * longSide}
 * bytes each, as far as they fit. The others are decoded each time they are drawn, which changes no
 * batch.
 */
public final class TrainingSet {

  private static final Logger LOG = LoggerFactory.getLogger(TrainingSet.class);

  /** Images may take one part in this many of the heap. */
  private static final int HEAP_FRACTION = 4;

  /**
   * One image.
   *
   * @param source makes the image in the size in which it is kept
   * @param labels indices of its classes
   */
  public record Example(Supplier<RgbImage> source, List<Integer> labels) {

    /** The image in the size in which it is kept. */
    public RgbImage image() {
      return source.get();
    }
  }

  private final Crops crops;
  private final float generatedWeight;
  private final int classes;
  private final List<Example> real = new ArrayList<>();
  private final List<Example> generated = new ArrayList<>();

  /**
   * Reads the images that fit into the memory, several at a time.
   *
   * @param crops how crops are cut from the images
   * @param generatedWeight of a generated image in the losses; a real one has 1
   * @param memory for images, in bytes
   * @param checkpoint called between slices of images; may throw to end the reading
   */
  TrainingSet(
      LabeledDataset data, Crops crops, double generatedWeight, long memory, Runnable checkpoint) {
    this.crops = crops;
    this.generatedWeight = (float) generatedWeight;
    this.classes = data.classNames().size();
    List<LabeledImage> images = data.images();
    int kept = (int) Math.min(images.size(), memory / (3L * crops.longSide() * crops.longSide()));
    if (kept < images.size()) {
      LOG.info(
          "{} of {} images fit into the {} MiB that they may take. The others are decoded each time"
              + " they are drawn; a larger heap (-Xmx) keeps more.",
          kept,
          images.size(),
          memory >> 20);
    }
    List<Example> examples = new ArrayList<>(images.size());
    Slices.forEach(
        images.size(),
        done -> checkpoint.run(),
        (from, to) ->
            IntStream.range(from, to)
                .parallel()
                .mapToObj(i -> example(images.get(i), data.classNames(), i < kept))
                .forEachOrdered(examples::add));
    for (int i = 0; i < examples.size(); i++) {
      (images.get(i).generated() ? generated : real).add(examples.get(i));
    }
  }

  /** The memory in bytes that the images of a training may take: a quarter of the heap. */
  public static long usualMemory() {
    return Runtime.getRuntime().maxMemory() / HEAP_FRACTION;
  }

  private Example example(LabeledImage image, List<String> classNames, boolean kept) {
    List<Integer> labels = image.labels().stream().map(classNames::indexOf).sorted().toList();
    if (!kept) {
      return new Example(() -> shrink(image.image()), labels);
    }
    RgbImage pixels = shrink(image.image());
    return new Example(() -> pixels, labels);
  }

  private RgbImage shrink(RgbImage image) {
    int longSide = Math.max(image.width(), image.height());
    if (longSide <= crops.longSide()) {
      return image;
    }
    double factor = (double) crops.longSide() / longSide;
    int width = Math.max(1, (int) Math.round(image.width() * factor));
    int height = Math.max(1, (int) Math.round(image.height() * factor));
    return Pixels.resize(image, new Size(width, height));
  }

  /** The real images, then the generated ones, each in the order of the data set. */
  public List<Example> examples() {
    List<Example> all = new ArrayList<>(real);
    all.addAll(generated);
    return all;
  }

  /** How many images are real. */
  public int realCount() {
    return real.size();
  }

  /** How many images a diffusion model generated. */
  public int generatedCount() {
    return generated.size();
  }

  /**
   * Indices into {@link #examples()}. Real and generated images are drawn from shuffled epochs of
   * their own, so that each image of a kind is drawn equally often.
   */
  final class Order {

    private final Random random;
    private final double generatedShare;
    private final Epoch realEpoch = new Epoch(0, real.size());
    private final Epoch generatedEpoch = new Epoch(real.size(), generated.size());
    private double owed;

    /**
     * @param generatedShare the fraction of each batch that is generated; ignored where all images
     *     are of one kind
     */
    Order(Random random, double generatedShare) {
      this.random = random;
      this.generatedShare = generated.isEmpty() ? 0 : real.isEmpty() ? 1 : generatedShare;
    }

    int next() {
      owed += generatedShare;
      if (owed >= 1 - 1e-9) {
        owed -= 1;
        return generatedEpoch.next(random);
      }
      return realEpoch.next(random);
    }
  }

  private static final class Epoch {

    private final int[] indices;
    private int at;

    Epoch(int first, int count) {
      indices = new int[count];
      for (int i = 0; i < count; i++) {
        indices[i] = first + i;
      }
      at = count;
    }

    int next(Random random) {
      if (at == indices.length) {
        for (int i = indices.length - 1; i > 0; i--) {
          int other = random.nextInt(i + 1);
          int kept = indices[i];
          indices[i] = indices[other];
          indices[other] = kept;
        }
        at = 0;
      }
      return indices[at++];
    }
  }

  /**
   * A batch.
   *
   * @param images {@code [B, 3, size, size]}, augmented and normalised
   * @param targets for the classifier {@code [B, classes]}, the image's weight for a class that it
   *     shows and minus its weight for another; for the segmenter {@code [B, 1 + classes, size /
   *     stride, size / stride]}, the image's weight at the pixel's class, all 0 where the pixel is
   *     void
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Batch(float[] images, float[] targets) {}

  /** A batch with image-level labels. */
  Batch labelled(int batchSize, Order order, Random random) {
    float[] targets = new float[batchSize * classes];
    float[] images =
        augmented(
            draw(batchSize, order, random),
            (draw, augmentation, i) -> {
              float weight = weight(draw.index());
              Arrays.fill(targets, i * classes, (i + 1) * classes, -weight);
              for (int label : example(draw.index()).labels()) {
                targets[i * classes + label] = weight;
              }
            });
    return new Batch(images, targets);
  }

  /**
   * A batch with masks.
   *
   * @param masks of the sizes in which the images are kept, in the order of {@link #examples()}
   * @param stride pixels of a crop between two elements of the targets
   */
  Batch masked(int batchSize, Order order, Random random, List<LabelMask> masks, int stride) {
    int side = crops.size() / stride;
    int plane = side * side;
    float[] targets = new float[batchSize * (1 + classes) * plane];
    float[] images =
        augmented(
            draw(batchSize, order, random),
            (draw, augmentation, i) -> {
              float weight = weight(draw.index());
              byte[] mask = augmentation.mask(masks.get(draw.index()).indices(), stride);
              for (int j = 0; j < plane; j++) {
                if (mask[j] != Augmentation.VOID) {
                  targets[(i * (1 + classes) + (mask[j] & 0xff)) * plane + j] = weight;
                }
              }
            });
    return new Batch(images, targets);
  }

  /**
   * An image of a batch.
   *
   * @param seed of its augmentation, which is drawn once the image's size is known
   */
  private record Draw(int index, long seed) {}

  private interface Targets {
    void accept(Draw draw, Augmentation augmentation, int position);
  }

  private List<Draw> draw(int batchSize, Order order, Random random) {
    List<Draw> draws = new ArrayList<>();
    for (int i = 0; i < batchSize; i++) {
      draws.add(new Draw(order.next(), random.nextLong()));
    }
    return draws;
  }

  /** The images of a batch; each is decoded, and its targets are made, on one thread. */
  private float[] augmented(List<Draw> draws, Targets targets) {
    int length = 3 * crops.size() * crops.size();
    float[] images = new float[draws.size() * length];
    IntStream.range(0, draws.size())
        .parallel()
        .forEach(
            i -> {
              Draw draw = draws.get(i);
              RgbImage image = example(draw.index()).image();
              Augmentation augmentation =
                  Augmentation.draw(crops, image.width(), image.height(), new Random(draw.seed()));
              augmentation.image(image.pixels(), images, i * length);
              targets.accept(draw, augmentation, i);
            });
    return images;
  }

  /** Draws batches without making them, as if a training had taken that many steps. */
  void skip(int batches, int batchSize, Order order, Random random) {
    for (int i = 0; i < batches; i++) {
      draw(batchSize, order, random);
    }
  }

  private float weight(int index) {
    return index < real.size() ? 1 : generatedWeight;
  }

  private Example example(int index) {
    return index < real.size() ? real.get(index) : generated.get(index - real.size());
  }
}
