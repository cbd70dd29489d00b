package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts of pixels by true and predicted class over a set of images, as PASCAL VOC defines them:
 * pixels whose truth is void are ignored, and IoU is computed once, from the sums over all images.
 * A void prediction is a false negative of the true class and a false positive of none.
 *
 * <p>Index 0 is background; index k + 1 is class k. Not safe for use by several threads.
 */
public final class ConfusionMatrix {

  private final List<String> classNames;
  private final int size;

  /** {@code [truth][prediction]}, with a last column for void predictions. */
  private final long[][] counts;

  private int images;

  /**
   * A matrix of zeros.
   *
   * @param classNames the classes without background, in the order of the masks' indices
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
   * Counts the pixels of one image.
   *
   * @param truth neither changed nor kept
   * @param prediction of the same size; neither changed nor kept
   * @throws IllegalArgumentException if the sizes differ or a mask has an index that is not a class
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
                + " is not a class: there are "
                + size
                + " with background");
      }
      counts[row][Math.min(column, size)]++;
    }
  }

  /**
   * The number of pixels with this true class and this predicted class.
   *
   * @param truth 0 for background, k + 1 for class k
   * @param prediction 0 for background, k + 1 for class k, one more than the last class for void
   * @throws IndexOutOfBoundsException if an index is none of these
   */
  public long count(int truth, int prediction) {
    return counts[truth][prediction];
  }

  /** Adds the counts of another matrix of the same classes. */
  void add(ConfusionMatrix other) {
    images += other.images;
    for (int row = 0; row < counts.length; row++) {
      for (int column = 0; column < counts[row].length; column++) {
        counts[row][column] += other.counts[row][column];
      }
    }
  }

  /** The IoU of each class, and their mean, over the images counted so far. */
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
