package io.github.iaa4j.wsss.internal.training;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Average precision of scores: the area under the steps of the precision-recall curve, the sum of
 * {@code (R_n - R_(n-1)) P_n} over the distinct scores from the highest down. That is what
 * scikit-learn's {@code average_precision_score} computes, and PASCAL VOC since 2010 but for VOC's
 * envelope of the curve. Images of equal scores count together, so their order does not matter.
 */
final class AveragePrecision {

  private AveragePrecision() {}

  /**
   * The average precision of one class.
   *
   * @param scores of the images
   * @param isPositive whether each image shows the class
   * @return in (0, 1], or NaN if no image shows the class
   */
  static double of(float[] scores, boolean[] isPositive) {
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> scores[i]).reversed())
            .mapToInt(i -> i)
            .toArray();
    int positives = 0;
    int countedPositives = 0;
    double sum = 0;
    for (int seen = 1; seen <= order.length; seen++) {
      if (isPositive[order[seen - 1]]) {
        positives++;
      }
      boolean isLastOfItsScore =
          seen == order.length || Float.compare(scores[order[seen]], scores[order[seen - 1]]) != 0;
      if (isLastOfItsScore) {
        sum += (positives - countedPositives) * ((double) positives / seen);
        countedPositives = positives;
      }
    }
    return positives == 0 ? Double.NaN : sum / positives;
  }

  /**
   * The mean over the classes that at least one image shows.
   *
   * @param scores {@code [images][classes]}
   * @param labels the classes of each image
   * @return in (0, 1], or NaN if no image shows a class
   */
  static double mean(List<float[]> scores, List<List<Integer>> labels) {
    int classes = scores.get(0).length;
    double[] each = new double[classes];
    for (int k = 0; k < classes; k++) {
      int of = k;
      float[] ofClass = new float[scores.size()];
      boolean[] isPositive = new boolean[scores.size()];
      for (int i = 0; i < ofClass.length; i++) {
        ofClass[i] = scores.get(i)[of];
        isPositive[i] = labels.get(i).contains(of);
      }
      each[k] = of(ofClass, isPositive);
    }
    return Arrays.stream(each).filter(value -> !Double.isNaN(value)).average().orElse(Double.NaN);
  }
}
