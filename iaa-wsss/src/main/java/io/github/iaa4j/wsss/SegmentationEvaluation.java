package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.wsss.WsssModel;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Measures a model against true masks, at the images' own sizes. Generated images and images
 * without a mask are skipped; {@link SegmentationScores} says how many they are.
 *
 * <p>Pixels are counted image by image, so memory does not grow with their number. Several images
 * are measured at a time, on the common pool or the {@link java.util.concurrent.ForkJoinPool} of
 * the calling thread, so the model is called from several threads. The scores are the same in any
 * order.
 */
public final class SegmentationEvaluation {

  /** Images between two checks for an interrupt. */
  private static final int SLICE = 64;

  private SegmentationEvaluation() {}

  /**
   * The quality of the pseudo masks ("seeds") of training images, whose labels the model is given.
   *
   * @param model not closed
   * @param data images with masks, of the same classes in the same order
   * @throws ConfigurationException if no image has a mask, or the classes differ from the model's
   * @throws CancelledException if the thread is interrupted; its interrupt flag stays set
   * @throws io.github.iaa4j.core.error.DatasetException if an image or mask cannot be read
   * @throws IllegalStateException if the model is closed
   */
  public static SegmentationScores ofPseudoMasks(WsssModel model, LabeledDataset data) {
    return measure(model, data, image -> model.pseudoMask(image.image(), image.labels()));
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
    return measure(model, data, image -> model.segment(image.image()));
  }

  private static SegmentationScores measure(
      WsssModel model, LabeledDataset data, Function<LabeledImage, LabelMask> prediction) {
    if (!model.classNames().equals(data.classNames())) {
      throw new ConfigurationException(
          "the model has the classes "
              + model.classNames()
              + ", but the data set has "
              + data.classNames()
              + "; both need the same classes in the same order");
    }
    AtomicInteger generated = new AtomicInteger();
    AtomicInteger withoutMask = new AtomicInteger();
    ConfusionMatrix matrix = new ConfusionMatrix(data.classNames());
    List<LabeledImage> images = data.images();
    for (int start = 0; start < images.size(); start += SLICE) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancelledException(
            "the evaluation was cancelled after " + start + " of " + images.size() + " images",
            null);
      }
      matrix.add(
          images.subList(start, Math.min(images.size(), start + SLICE)).parallelStream()
              .collect(
                  () -> new ConfusionMatrix(data.classNames()),
                  (counts, image) ->
                      image
                          .mask()
                          .ifPresentOrElse(
                              truth -> counts.add(truth, prediction.apply(image)),
                              (image.generated() ? generated : withoutMask)::incrementAndGet),
                  ConfusionMatrix::add));
    }
    SegmentationScores scores = matrix.scores();
    if (scores.measured() == 0) {
      throw new ConfigurationException(
          "none of the "
              + images.size()
              + " images has a true mask to be measured against"
              + (generated.get() == 0 ? "" : "; " + generated + " of them are generated")
              + "; give a data set with masks of its real images");
    }
    return scores.withSkipped(generated.get(), withoutMask.get());
  }
}
