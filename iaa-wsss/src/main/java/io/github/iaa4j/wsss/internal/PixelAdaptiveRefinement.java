package io.github.iaa4j.wsss.internal;

/**
 * Affinity propagation along colours: in each step a pixel takes the weighted mean of its
 * neighbours, near and far, where those of similar colour have the greatest weights. So activations
 * fill regions of one colour and stop at their edges. After the pixel-adaptive mask refinement of
 * Araslanov and Roth, <em>Single-Stage Semantic Segmentation from Image Labels</em>, CVPR 2020;
 * here the kernel has one fixed width.
 */
final class PixelAdaptiveRefinement {

  /** The distances, in pixels, of the eight neighbours on each ring. */
  private static final int[] RINGS = {1, 2, 4, 8};

  /** The colour distance, channels in [0, 1], at which the affinity has fallen to exp(-1/2). */
  private static final double COLOUR_WIDTH = 0.1;

  private final int width;
  private final int height;
  private final int[] neighbours;
  private final float[] weights;

  /**
   * Computes the affinities of an image.
   *
   * @param planes {@code [3, height, width]}, in [0, 1]
   */
  PixelAdaptiveRefinement(float[] planes, int width, int height) {
    this.width = width;
    this.height = height;
    int plane = width * height;
    int each = 8 * RINGS.length;
    this.neighbours = new int[plane * each];
    this.weights = new float[plane * each];
    double[] distances = new double[each];
    for (int i = 0; i < plane; i++) {
      int k = 0;
      double nearest = Double.POSITIVE_INFINITY;
      for (int ring : RINGS) {
        for (int dy = -ring; dy <= ring; dy += ring) {
          for (int dx = -ring; dx <= ring; dx += ring) {
            if (dx != 0 || dy != 0) {
              int x = Math.min(width - 1, Math.max(0, i % width + dx));
              int y = Math.min(height - 1, Math.max(0, i / width + dy));
              int other = y * width + x;
              neighbours[i * each + k] = other;
              distances[k] = distance(planes, plane, i, other);
              nearest = Math.min(nearest, distances[k]);
              k++;
            }
          }
        }
      }
      double total = 0;
      for (k = 0; k < each; k++) {
        distances[k] = Math.exp((nearest - distances[k]) / (2 * COLOUR_WIDTH * COLOUR_WIDTH));
        total += distances[k];
      }
      for (k = 0; k < each; k++) {
        weights[i * each + k] = (float) (distances[k] / total);
      }
    }
  }

  private static double distance(float[] planes, int plane, int one, int other) {
    double sum = 0;
    for (int c = 0; c < 3; c++) {
      double difference = planes[c * plane + one] - planes[c * plane + other];
      sum += difference * difference;
    }
    return sum;
  }

  /**
   * Propagates one class's activations.
   *
   * @param cam {@code [height * width]}, not changed
   * @return a new array, or {@code cam} itself if {@code steps} is 0
   */
  float[] propagate(float[] cam, int steps) {
    int each = 8 * RINGS.length;
    float[] current = cam;
    for (int step = 0; step < steps; step++) {
      float[] next = new float[width * height];
      for (int i = 0; i < next.length; i++) {
        float sum = 0;
        for (int k = i * each; k < (i + 1) * each; k++) {
          sum += weights[k] * current[neighbours[k]];
        }
        next[i] = sum;
      }
      current = next;
    }
    return current;
  }
}
