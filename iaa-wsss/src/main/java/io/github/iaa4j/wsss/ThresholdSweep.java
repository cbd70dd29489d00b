package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.wsss.MeasuredImages;
import java.util.Arrays;
import java.util.List;

/**
 * Counts the pixels of CAM seeds at several background thresholds at once. The threshold only
 * decides whether a pixel has its class of the greatest activation or background, so pixels are
 * counted by truth, that class, and how many thresholds the activation exceeds. Memory does not
 * grow with the images.
 */
final class ThresholdSweep {

  private final List<String> classNames;

  /** In ascending order. */
  private final float[] thresholds;

  /** {@code [truth][class][exceeded thresholds]}; truth includes background, class does not. */
  private final long[][][] counts;

  /**
   * @param classNames without background
   * @param thresholds in any order, at least 0
   */
  ThresholdSweep(List<String> classNames, double... thresholds) {
    this.classNames = classNames;
    this.thresholds = new float[thresholds.length];
    for (int i = 0; i < thresholds.length; i++) {
      this.thresholds[i] = (float) thresholds[i];
    }
    Arrays.sort(this.thresholds);
    this.counts = new long[classNames.size() + 1][classNames.size()][thresholds.length + 1];
  }

  /**
   * Counts the pixels of one image.
   *
   * @param cams {@code [classes][height * width]} in [0, 1]
   * @throws ConfigurationException naming the image, if the maps do not fit the truth or the
   *     classes, or have a value out of range
   */
  void add(LabeledImage image, LabelMask truth, float[][] cams) {
    ConfusionMatrix.checkIndices(image.id(), "true", truth, classNames.size());
    byte[] trueIndices = truth.indices();
    int[] present = present(image, truth, cams);
    for (int i = 0; i < trueIndices.length; i++) {
      int row = trueIndices[i] & 0xff;
      if (row == LabelMask.VOID) {
        continue;
      }
      int best = 0;
      float activation = 0;
      for (int k : present) {
        if (cams[k][i] > activation) {
          best = k;
          activation = cams[k][i];
        }
      }
      counts[row][best][exceeded(activation)]++;
    }
  }

  /** The indices of the image's labels, whose maps are checked. */
  private int[] present(LabeledImage image, LabelMask truth, float[][] cams) {
    int pixels = truth.width() * truth.height();
    if (cams.length != classNames.size()) {
      throw new ConfigurationException(
          "image "
              + image.id()
              + ": the model returned "
              + cams.length
              + " class activation maps for "
              + classNames.size()
              + " classes");
    }
    int[] present = image.labels().stream().mapToInt(classNames::indexOf).sorted().toArray();
    for (int k : present) {
      if (cams[k].length != pixels) {
        throw new ConfigurationException(
            "image "
                + image.id()
                + ": the class activation map of "
                + classNames.get(k)
                + " has "
                + cams[k].length
                + " values, but the true mask has "
                + truth.width()
                + " x "
                + truth.height()
                + " pixels");
      }
      for (float value : cams[k]) {
        if (!(value >= 0 && value <= 1)) {
          throw new ConfigurationException(
              "image "
                  + image.id()
                  + ": the class activation map of "
                  + classNames.get(k)
                  + " has the value "
                  + value
                  + ", but all must be in [0, 1], after division by the map's maximum");
        }
      }
    }
    return present;
  }

  /** How many thresholds are less than an activation. */
  private int exceeded(float activation) {
    int low = 0;
    int high = thresholds.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (thresholds[middle] < activation) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Adds the counts of another sweep over the same classes and thresholds. */
  void add(ThresholdSweep other) {
    for (int row = 0; row < counts.length; row++) {
      for (int k = 0; k < counts[row].length; k++) {
        for (int j = 0; j < counts[row][k].length; j++) {
          counts[row][k][j] += other.counts[row][k][j];
        }
      }
    }
  }

  /** The scores at one of the thresholds. */
  CamSeedScores.AtThreshold at(double threshold, MeasuredImages images) {
    ConfusionMatrix matrix = new ConfusionMatrix(classNames);
    // An activation is foreground if it exceeds more thresholds than the threshold itself does.
    int itself = exceeded((float) threshold);
    for (int row = 0; row < counts.length; row++) {
      for (int k = 0; k < counts[row].length; k++) {
        for (int j = 0; j < counts[row][k].length; j++) {
          matrix.add(row, j > itself ? k + 1 : 0, counts[row][k][j]);
        }
      }
    }
    return new CamSeedScores.AtThreshold(threshold, matrix.scores(images));
  }
}
