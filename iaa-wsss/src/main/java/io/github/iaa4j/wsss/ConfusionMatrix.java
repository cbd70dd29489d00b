package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import java.util.ArrayList;
import java.util.List;

/**
 * Pixels counted by true and predicted class over a whole set of images, as PASCAL VOC does: pixels
 * whose truth is void are left out, and IoU is computed once, from the sums. A void prediction is a
 * miss of the true class and a false alarm of none. Not safe for use by several threads.
 */
public final class ConfusionMatrix {

  private final List<String> classNames;
  private final int size;

  /** {@code [truth][prediction]}, with a last column for void predictions. */
  private final long[][] counts;

  private int images;

  /**
   * @param classNames the classes without background, in the order of the masks
   */
  public ConfusionMatrix(List<String> classNames) {
    List<String> names = new ArrayList<>(classNames.size() + 1);
    names.add("background");
    names.addAll(classNames);
    this.classNames = List.copyOf(names);
    this.size = names.size();
    this.counts = new long[size][size + 1];
  }

  /**
   * Counts one image.
   *
   * @throws IllegalArgumentException if the sizes differ or a mask holds an index that is no class
   */
  public void add(LabelMask truth, LabelMask prediction) {
    if (truth.width() != prediction.width() || truth.height() != prediction.height()) {
      throw new IllegalArgumentException(
          "the true mask has "
              + truth.width()
              + " x "
              + truth.height()
              + " pixels, the predicted "
              + prediction.width()
              + " x "
              + prediction.height());
    }
    images++;
    byte[] trueIndices = truth.indices();
    byte[] predictedIndices = prediction.indices();
    for (int i = 0; i < trueIndices.length; i++) {
      int row = trueIndices[i] & 0xff;
      if (row == LabelMask.VOID) {
        continue;
      }
      int column = predictedIndices[i] & 0xff;
      if (row >= size || (column >= size && column != LabelMask.VOID)) {
        throw new IllegalArgumentException(
            "index "
                + (row >= size ? row : column)
                + " is no class: there are "
                + size
                + " with background");
      }
      counts[row][Math.min(column, size)]++;
    }
  }

  /**
   * How many pixels of one class were taken for another.
   *
   * @param truth 0 is background, k + 1 is class k
   * @param prediction the same
   */
  public long count(int truth, int prediction) {
    return counts[truth][prediction];
  }

  /** Adds what another matrix of the same classes has counted. */
  void add(ConfusionMatrix other) {
    images += other.images;
    for (int row = 0; row < counts.length; row++) {
      for (int column = 0; column < counts[row].length; column++) {
        counts[row][column] += other.counts[row][column];
      }
    }
  }

  /** The IoU of each class and their mean, of the images that were counted so far. */
  public SegmentationScores scores() {
    double[] iou = new double[size];
    for (int k = 0; k < size; k++) {
      long truth = 0;
      long predicted = 0;
      for (long count : counts[k]) {
        truth += count;
      }
      for (long[] row : counts) {
        predicted += row[k];
      }
      long union = truth + predicted - counts[k][k];
      iou[k] = union == 0 ? Double.NaN : (double) counts[k][k] / union;
    }
    return new SegmentationScores(classNames, iou, images);
  }
}
