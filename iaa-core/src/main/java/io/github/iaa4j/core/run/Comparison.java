package io.github.iaa4j.core.run;

import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.core.wsss.MeasuredImages;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code comparison.json} of a run: how well segmentation worked without and with its
 * images.
 *
 * @param evaluatedOn what was evaluated on, for people, such as {@code 500 test images}
 * @param classNames {@code background} and the classes, in the order of the IoUs
 * @param before trained on the real images
 * @param after trained on the real and the generated images, by the same method
 * @param segmenterMeasured on how many images the segmenters were measured; null in older files
 * @param pseudoMasksMeasured on how many of the real training images the pseudo masks were
 *     measured; null in older files, and where none were measured
 * @param method what trained both; null in older files
 */
public record Comparison(
    String evaluatedOn,
    List<String> classNames,
    Trained before,
    Trained after,
    @Nullable MeasuredImages segmenterMeasured,
    @Nullable MeasuredImages pseudoMasksMeasured,
    @Nullable Description method) {

  /**
   * A trained model.
   *
   * @param name for people
   * @param images images that it was trained on
   * @param mIoU of the segmenter, in [0, 1]
   * @param iou of the segmenter for each class, in [0, 1]
   * @param pseudoMaskMIoU of the pseudo masks on the real training images, in [0, 1]; null if the
   *     model makes none, or none of the images has a true mask
   * @param classifierLoss at some of the steps, first to last; empty if the method states none
   * @param segmenterLoss at some of the steps, first to last; empty if the method states none
   */
  public record Trained(
      String name,
      int images,
      double mIoU,
      List<Double> iou,
      @Nullable Double pseudoMaskMIoU,
      List<Point> classifierLoss,
      List<Point> segmenterLoss) {}

  /**
   * A point of a loss curve.
   *
   * @param step the optimiser step
   * @param loss the loss there
   */
  public record Point(int step, double loss) {}
}
