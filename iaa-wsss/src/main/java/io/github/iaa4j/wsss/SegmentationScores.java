package io.github.iaa4j.wsss;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Intersection over union of each class.
 *
 * @param classNames "background", then the classes
 * @param iou in [0, 1] in the order of {@code classNames}; 0 for a class that was predicted where
 *     no true mask shows it, NaN for a class that neither the true nor the predicted masks show
 * @param measured how many images were measured
 * @param generated how many were passed over because a diffusion model made them
 * @param withoutMask how many were passed over because they have no true mask
 */
public record SegmentationScores(
    List<String> classNames, List<Double> iou, int measured, int generated, int withoutMask) {

  /** Copies its lists. */
  public SegmentationScores {
    classNames = List.copyOf(classNames);
    iou = List.copyOf(iou);
    if (classNames.size() != iou.size()) {
      throw new IllegalArgumentException(
          classNames.size() + " class names, but " + iou.size() + " values of IoU");
    }
  }

  SegmentationScores(List<String> classNames, double[] iou, int measured) {
    this(classNames, boxed(iou), measured, 0, 0);
  }

  /** The same, of so many more images that were not measured. */
  SegmentationScores withPassedOver(int newGenerated, int newWithoutMask) {
    return new SegmentationScores(classNames, iou, measured, newGenerated, newWithoutMask);
  }

  private static List<Double> boxed(double[] values) {
    List<Double> list = new ArrayList<>(values.length);
    for (double value : values) {
      list.add(value);
    }
    return Collections.unmodifiableList(list);
  }

  /**
   * The mean IoU over the classes that the true or the predicted masks show, background among them,
   * in [0, 1]; NaN if they show none. (Published figures are this times 100.)
   */
  public double meanIou() {
    return iou.stream()
        .mapToDouble(Double::doubleValue)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** A line a class and one for the mean, in per cent. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int k = 0; k < iou.size(); k++) {
      text.append(String.format(Locale.ROOT, "%-12s %5.1f%n", classNames.get(k), 100 * iou.get(k)));
    }
    return text.append(String.format(Locale.ROOT, "%-12s %5.1f", "mIoU", 100 * meanIou()))
        .toString();
  }
}
