package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.wsss.MeasuredImages;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts of pixels by true and predicted class over a set of images, as PASCAL VOC defines them:
 * pixels whose truth is void are ignored, and scores are computed once, from the sums over all
 * images. A void prediction is a false negative of the true class and a false positive of none.
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
   * @param id of the image, for error messages
   * @param truth neither changed nor kept
   * @param prediction of the same size; neither changed nor kept
   * @throws ConfigurationException naming the image, if the sizes differ or a mask has an index
   *     that is not a class; nothing of the image is counted then
   */
  public void add(String id, LabelMask truth, LabelMask prediction) {
    if (truth.width() != prediction.width() || truth.height() != prediction.height()) {
      throw new ConfigurationException(
          "image "
              + id
              + ": the true mask has "
              + truth.width()
              + " x "
              + truth.height()
              + " pixels, but the predicted mask has "
              + prediction.width()
              + " x "
              + prediction.height()
              + "; both must have the size of the image");
    }
    checkIndices(id, "true", truth, size - 1);
    checkIndices(id, "predicted", prediction, size - 1);
    images++;
    byte[] trueIndices = truth.indices();
    byte[] predictedIndices = prediction.indices();
    for (int i = 0; i < trueIndices.length; i++) {
      int row = trueIndices[i] & 0xff;
      if (row != LabelMask.VOID) {
        counts[row][Math.min(predictedIndices[i] & 0xff, size)]++;
      }
    }
  }

  /**
   * Requires that all indices of a mask are background, classes or void.
   *
   * @param id of the image
   * @param which mask of the image
   * @param classes without background
   * @throws ConfigurationException naming the image and the pixel, if one is not
   */
  static void checkIndices(String id, String which, LabelMask mask, int classes) {
    byte[] indices = mask.indices();
    for (int i = 0; i < indices.length; i++) {
      int index = indices[i] & 0xff;
      if (index > classes && index != LabelMask.VOID) {
        throw new ConfigurationException(
            "image "
                + id
                + ": the "
                + which
                + " mask has the index "
                + index
                + " at x "
                + i % mask.width()
                + ", y "
                + i / mask.width()
                + ", which is not a class: 0 is background, 1 to "
                + classes
                + " are the classes, "
                + LabelMask.VOID
                + " is void");
      }
    }
  }

  /** Counts pixels, but no image. */
  void add(int truth, int prediction, long pixels) {
    counts[truth][prediction] += pixels;
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

  /** The scores of the pixels counted so far; boundary F, which counts do not have, is NaN. */
  public SegmentationScores scores() {
    return scores(new MeasuredImages(images, 0, 0));
  }

  /** The same scores, of other images. */
  SegmentationScores scores(MeasuredImages measured) {
    List<ClassScores> classes = new ArrayList<>(size);
    long right = 0;
    long all = 0;
    for (int k = 0; k < size; k++) {
      long truth = 0;
      long predicted = 0;
      for (long count : counts[k]) {
        truth += count;
      }
      for (long[] row : counts) {
        predicted += row[k];
      }
      long both = counts[k][k];
      right += both;
      all += truth;
      classes.add(
          new ClassScores(
              classNames.get(k),
              ratio(both, truth + predicted - both),
              ratio(both, predicted),
              ratio(both, truth),
              Double.NaN));
    }
    return new SegmentationScores(classes, ratio(right, all), Double.NaN, measured);
  }

  private static double ratio(long part, long whole) {
    return whole == 0 ? Double.NaN : (double) part / whole;
  }
}
