package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.ObjIntConsumer;
import java.util.stream.IntStream;

/**
 * The training images in memory, 8 bits a channel, resized to the training size, and the drawing of
 * batches from them.
 */
public final class TrainingSet {

  /**
   * One image.
   *
   * @param image of the training size
   * @param labels indices of its classes
   */
  public record Example(RgbImage image, List<Integer> labels) {}

  private final int size;
  private final int classes;
  private final List<Example> real = new ArrayList<>();
  private final List<Example> generated = new ArrayList<>();

  /** Reads every image, several at a time. */
  public TrainingSet(LabeledDataset data, int size) {
    this.size = size;
    this.classes = data.classNames().size();
    List<LabeledImage> images = data.images();
    List<Example> examples =
        images.parallelStream()
            .map(
                image ->
                    new Example(
                        resize(image.image()),
                        image.labels().stream().map(data.classNames()::indexOf).toList()))
            .toList();
    for (int i = 0; i < examples.size(); i++) {
      (images.get(i).generated() ? generated : real).add(examples.get(i));
    }
  }

  private RgbImage resize(RgbImage image) {
    if (image.width() == size && image.height() == size) {
      return image;
    }
    float[] planes =
        Pixels.resize(Pixels.planes(image), 3, image.width(), image.height(), size, size);
    byte[] pixels = new byte[planes.length];
    for (int i = 0; i < size * size; i++) {
      for (int c = 0; c < 3; c++) {
        pixels[3 * i + c] = (byte) Math.round(255 * planes[c * size * size + i]);
      }
    }
    return new RgbImage(size, size, pixels);
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

  /** How many images a diffusion model painted. */
  public int generatedCount() {
    return generated.size();
  }

  /**
   * Indices into {@link #examples()}. Real and generated images are drawn in turn from shuffled
   * rounds of their own, so that each is seen equally often.
   */
  final class Order {

    private final Random random;
    private final double generatedShare;
    private final Round realRound = new Round(0, real.size());
    private final Round generatedRound = new Round(real.size(), generated.size());
    private double owed;

    /**
     * @param generatedShare the share of each batch that is generated; of no account where all
     *     images are of one kind
     */
    Order(Random random, double generatedShare) {
      this.random = random;
      this.generatedShare = generated.isEmpty() ? 0 : real.isEmpty() ? 1 : generatedShare;
    }

    int next() {
      owed += generatedShare;
      if (owed >= 1 - 1e-9) {
        owed -= 1;
        return generatedRound.next(random);
      }
      return realRound.next(random);
    }
  }

  private static final class Round {

    private final int[] indices;
    private int at;

    Round(int first, int count) {
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
   * @param targets for the classifier {@code [B, classes]}, 0 or 1; for the segmenter {@code [B, 1
   *     + classes, size / 2, size / 2]}, 1 at the pixel's class, all 0 where the pixel is void
   */
  @SuppressWarnings("ArrayRecordComponent") // made, read once, thrown away
  record Batch(float[] images, float[] targets) {}

  /** A batch with image-level labels. */
  Batch labelled(int batchSize, Order order, Random random) {
    float[] targets = new float[batchSize * classes];
    float[] images =
        augmented(
            draw(batchSize, order, random),
            (draw, i) -> {
              for (int label : example(draw.index()).labels()) {
                targets[i * classes + label] = 1;
              }
            });
    return new Batch(images, targets);
  }

  /**
   * A batch with masks.
   *
   * @param masks of the training size, in the order of {@link #examples()}
   */
  Batch masked(int batchSize, Order order, Random random, List<LabelMask> masks) {
    int side = size / Architecture.LOGIT_STRIDE;
    int plane = side * side;
    float[] targets = new float[batchSize * (1 + classes) * plane];
    float[] images =
        augmented(
            draw(batchSize, order, random),
            (draw, i) -> {
              byte[] mask =
                  draw.augmentation()
                      .mask(masks.get(draw.index()).indices(), Architecture.LOGIT_STRIDE);
              for (int j = 0; j < plane; j++) {
                if (mask[j] != Augmentation.VOID) {
                  targets[(i * (1 + classes) + (mask[j] & 0xff)) * plane + j] = 1;
                }
              }
            });
    return new Batch(images, targets);
  }

  /** An image of a batch, as chance chose it. */
  private record Draw(int index, Augmentation augmentation) {}

  private List<Draw> draw(int batchSize, Order order, Random random) {
    List<Draw> draws = new ArrayList<>();
    for (int i = 0; i < batchSize; i++) {
      draws.add(new Draw(order.next(), Augmentation.draw(size, random)));
    }
    return draws;
  }

  /** The images of a batch; each image's targets are made beside it. */
  private float[] augmented(List<Draw> draws, ObjIntConsumer<Draw> targets) {
    float[] images = new float[draws.size() * 3 * size * size];
    IntStream.range(0, draws.size())
        .parallel()
        .forEach(
            i -> {
              Draw draw = draws.get(i);
              draw.augmentation()
                  .image(example(draw.index()).image().pixels(), images, i * 3 * size * size);
              targets.accept(draw, i);
            });
    return images;
  }

  private Example example(int index) {
    return index < real.size() ? real.get(index) : generated.get(index - real.size());
  }
}
