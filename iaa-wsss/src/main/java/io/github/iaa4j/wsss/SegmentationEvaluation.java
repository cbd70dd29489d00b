package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.core.wsss.MeasuredImages;
import io.github.iaa4j.core.wsss.WsssModel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.DoubleStream;

/**
 * Measures masks against true masks, at the images' own sizes. Images without a true mask, as most
 * generated ones are, are skipped; {@link MeasuredImages} says how many they are.
 *
 * <p>Pixels are counted image by image, so memory does not grow with their number. Several images
 * are measured at a time, on the common pool or the {@link java.util.concurrent.ForkJoinPool} of
 * the calling thread, so the model is called from several threads. The scores are the same in any
 * order.
 */
public final class SegmentationEvaluation {

  private SegmentationEvaluation() {}

  /**
   * The quality of masks from anywhere, such as {@code image ->
   * LabelMask.read(folder.resolve(image.id() + ".png"), classes)}.
   *
   * @param data images with true masks
   * @param prediction the mask of an image, of its size; called from several threads
   * @throws ConfigurationException if no image has a mask; or naming the image, if its predicted
   *     mask has another size than its true mask, or either has an index that is not a class
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set
   * @throws io.github.iaa4j.core.error.DatasetException if an image or mask cannot be read
   */
  public static SegmentationScores of(
      LabeledDataset data, Function<LabeledImage, LabelMask> prediction) {
    Supplier<MaskCounts> fresh = () -> new MaskCounts(data.classNames());
    MaskCounts total = fresh.get();
    MeasuredImages measured =
        measure(
            data,
            total,
            fresh,
            (counts, image, truth) -> counts.add(image.id(), truth, prediction.apply(image)),
            MaskCounts::add);
    return total.matrix.scores(measured).with(total.boundaries);
  }

  /** What is counted of masks. */
  private static final class MaskCounts {

    private final int size;
    private final ConfusionMatrix matrix;
    private final BoundaryScores boundaries;

    MaskCounts(List<String> classNames) {
      this.size = classNames.size() + 1;
      this.matrix = new ConfusionMatrix(classNames);
      this.boundaries = new BoundaryScores(size);
    }

    void add(String id, LabelMask truth, LabelMask prediction) {
      matrix.add(id, truth, prediction);
      boundaries.add(BoundaryScores.ofImage(size, truth, prediction));
    }

    void add(MaskCounts other) {
      matrix.add(other.matrix);
      boundaries.add(other.boundaries);
    }
  }

  /**
   * The quality of the pseudo masks of training images, whose labels the model is given.
   *
   * @param model not closed
   * @param data images with masks, of the same classes in the same order
   * @throws ConfigurationException if no image has a mask, or the classes differ from the model's
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set
   * @throws io.github.iaa4j.core.error.DatasetException if an image or mask cannot be read
   * @throws IllegalStateException if the model is closed
   */
  public static SegmentationScores ofPseudoMasks(WsssModel model, LabeledDataset data) {
    requireClasses(model, data);
    return of(data, image -> model.pseudoMask(image.image(), image.labels()));
  }

  /**
   * The quality of the segmenter, which is not given the labels.
   *
   * @param model not closed
   * @param data images with masks, of the same classes in the same order
   * @throws ConfigurationException if no image has a mask, or the classes differ from the model's
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set
   * @throws io.github.iaa4j.core.error.DatasetException if an image or mask cannot be read
   * @throws IllegalStateException if the model is closed
   */
  public static SegmentationScores ofSegmenter(WsssModel model, LabeledDataset data) {
    requireClasses(model, data);
    return of(data, image -> model.segment(image.image()));
  }

  /**
   * The quality of the class activation maps as seeds of training images, whose labels are given:
   * at the model's own background threshold, and at those that papers search with ground truth. One
   * pass over the images serves all thresholds.
   *
   * @param model not closed
   * @param data images with masks, of the same classes in the same order
   * @param modelThreshold the model's own background threshold, chosen without true masks, such as
   *     {@link OnnxWsss#backgroundThreshold()}
   * @throws IllegalArgumentException if the threshold is not in [0, 1]
   * @throws ConfigurationException if no image has a mask, or the classes differ from the model's;
   *     or naming the image, if its maps have another size than its mask or values outside [0, 1]
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set
   * @throws io.github.iaa4j.core.error.DatasetException if an image or mask cannot be read
   * @throws IllegalStateException if the model is closed
   */
  public static CamSeedScores ofCamSeeds(
      WsssModel model, LabeledDataset data, double modelThreshold) {
    if (!(modelThreshold >= 0 && modelThreshold <= 1)) {
      throw new IllegalArgumentException(
          "the background threshold is " + modelThreshold + ", but must be in [0, 1]");
    }
    requireClasses(model, data);
    double[] thresholds =
        DoubleStream.concat(
                DoubleStream.of(modelThreshold),
                CamSeedScores.THRESHOLDS.stream().mapToDouble(Double::doubleValue))
            .toArray();
    Supplier<ThresholdSweep> fresh = () -> new ThresholdSweep(data.classNames(), thresholds);
    ThresholdSweep sweep = fresh.get();
    MeasuredImages measured =
        measure(
            data,
            sweep,
            fresh,
            (counts, image, truth) -> counts.add(image, truth, model.cams(image.image())),
            ThresholdSweep::add);
    return new CamSeedScores(
        sweep.at(modelThreshold, measured),
        CamSeedScores.THRESHOLDS.stream().map(t -> sweep.at(t, measured)).toList());
  }

  private static void requireClasses(WsssModel model, LabeledDataset data) {
    if (!model.classNames().equals(data.classNames())) {
      throw new ConfigurationException(
          "the model has the classes "
              + model.classNames()
              + ", but the data set has "
              + data.classNames()
              + "; both need the same classes in the same order");
    }
  }

  /** Counts one image. */
  private interface Counting<C> {
    void count(C counts, LabeledImage image, LabelMask truth);
  }

  /** Adds the counts of all images that have a true mask to {@code total}. */
  private static <C> MeasuredImages measure(
      LabeledDataset data,
      C total,
      Supplier<C> fresh,
      Counting<C> counting,
      BiConsumer<C, C> join) {
    AtomicInteger generated = new AtomicInteger();
    AtomicInteger withoutMask = new AtomicInteger();
    List<LabeledImage> images = data.images();
    Slices.forEach(
        images.size(),
        done -> {
          if (Thread.currentThread().isInterrupted()) {
            throw new CancelledException(
                "the evaluation was cancelled after " + done + " of " + images.size() + " images",
                null);
          }
        },
        (from, to) ->
            join.accept(
                total,
                images.subList(from, to).parallelStream()
                    .collect(
                        fresh,
                        (counts, image) ->
                            image
                                .mask()
                                .ifPresentOrElse(
                                    truth -> counting.count(counts, image, truth),
                                    (image.generated() ? generated : withoutMask)::incrementAndGet),
                        join)));
    int measured = images.size() - generated.get() - withoutMask.get();
    if (measured == 0) {
      throw new ConfigurationException(
          "none of the "
              + images.size()
              + " images has a true mask to be measured against"
              + (generated.get() == 0 ? "" : "; " + generated + " of them are generated")
              + "; give a data set with masks of its real images");
    }
    return new MeasuredImages(measured, generated.get(), withoutMask.get());
  }
}
