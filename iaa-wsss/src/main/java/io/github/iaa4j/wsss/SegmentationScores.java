package io.github.iaa4j.wsss;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;

/**
 * Intersection over union (IoU) of each class over a set of images, as PASCAL VOC defines it: true
 * positives / (true positives + false positives + false negatives), summed over all pixels of all
 * images. Immutable, so safe for use by several threads.
 *
 * @param classNames "background", then the classes
 * @param iou in [0, 1], in the order of {@code classNames}; 0 for a class that was predicted but is
 *     in no true mask, NaN for a class that is in neither true nor predicted masks
 * @param measured how many images were measured
 * @param skippedGenerated how many images were skipped because a diffusion model generated them
 * @param skippedWithoutMask how many images were skipped because they have no true mask
 */
public record SegmentationScores(
    List<String> classNames,
    List<Double> iou,
    int measured,
    int skippedGenerated,
    int skippedWithoutMask) {

  /**
   * Copies its lists.
   *
   * @throws IllegalArgumentException if the lists differ in length
   */
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

  /** The same scores, with the numbers of skipped images. */
  SegmentationScores withSkipped(int generated, int withoutMask) {
    return new SegmentationScores(classNames, iou, measured, generated, withoutMask);
  }

  private static List<Double> boxed(double[] values) {
    List<Double> list = new ArrayList<>(values.length);
    for (double value : values) {
      list.add(value);
    }
    return Collections.unmodifiableList(list);
  }

  /**
   * The mean IoU (mIoU) over the classes that are in true or predicted masks, background included,
   * in [0, 1]; NaN if there are none. Papers print it in per cent.
   */
  public double meanIou() {
    return iou.stream()
        .mapToDouble(Double::doubleValue)
        .filter(value -> !Double.isNaN(value))
        .average()
        .orElse(Double.NaN);
  }

  /** One line per class and one for the mean, in per cent. */
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
