package io.github.iaa4j.wsss.pseudomask;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.internal.JavaHeap;
import java.util.Arrays;
import java.util.Locale;

/**
 * Propagation along an image's colours: in each step a pixel takes the weighted mean of its
 * neighbours, the eight on each of several square rings, where those of similar colour have the
 * greatest weights. Beyond the image's edges lie copies of its outermost pixels.
 */
final class AffinityPropagation {

  private static final int EACH_RING = 8;
  private static final int CHANNELS = 3;

  /** The weights of one pixel's neighbours. */
  private interface Kernel {

    /**
     * @param colours {@code [3][neighbours]}, in [0, 1]
     * @param own {@code [3]}
     * @param weights filled; their sum is 1
     */
    void weigh(float[][] colours, float[] own, double[] weights);
  }

  private final int width;
  private final int height;
  private final int[] dx;
  private final int[] dy;

  /** {@code [neighbours][height * width]}. */
  private final float[][] weights;

  private AffinityPropagation(RgbImage image, int[] rings, Kernel kernel) {
    this.width = image.width();
    this.height = image.height();
    this.dx = new int[EACH_RING * rings.length];
    this.dy = new int[EACH_RING * rings.length];
    int n = 0;
    for (int ring : rings) {
      for (int y = -ring; y <= ring; y += ring) {
        for (int x = -ring; x <= ring; x += ring) {
          if (x != 0 || y != 0) {
            dx[n] = x;
            dy[n++] = y;
          }
        }
      }
    }
    JavaHeap.require(
        (double) Float.BYTES * n * width * height,
        String.format(
            Locale.ROOT,
            "the affinities of %d x %d pixels with %d neighbours each",
            width,
            height,
            n),
        "use a smaller image size, no refinement, or a larger heap (-Xmx)");
    this.weights = new float[n][width * height];
    fill(image, kernel);
  }

  private void fill(RgbImage image, Kernel kernel) {
    byte[] pixels = image.pixels();
    float[][] colours = new float[CHANNELS][dx.length];
    float[] own = new float[CHANNELS];
    double[] each = new double[dx.length];
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int i = y * width + x;
        for (int c = 0; c < CHANNELS; c++) {
          own[c] = (pixels[CHANNELS * i + c] & 0xff) / 255f;
        }
        for (int n = 0; n < each.length; n++) {
          int other = clamp(y + dy[n], height) * width + clamp(x + dx[n], width);
          for (int c = 0; c < CHANNELS; c++) {
            colours[c][n] = (pixels[CHANNELS * other + c] & 0xff) / 255f;
          }
        }
        kernel.weigh(colours, own, each);
        for (int n = 0; n < each.length; n++) {
          weights[n][i] = (float) each[n];
        }
      }
    }
  }

  private static int clamp(int position, int length) {
    return Math.min(length - 1, Math.max(0, position));
  }

  /**
   * Gaussian weights of the colour distance, of one width for the whole image.
   *
   * @param colourWidth the distance, channels in [0, 1], at which a weight has fallen to exp(-1/2)
   */
  static AffinityPropagation ofColours(RgbImage image, int[] rings, double colourWidth) {
    return new AffinityPropagation(
        image,
        rings,
        (colours, own, weights) -> {
          double nearest = Double.POSITIVE_INFINITY;
          for (int n = 0; n < weights.length; n++) {
            double distance = 0;
            for (int c = 0; c < CHANNELS; c++) {
              double difference = own[c] - colours[c][n];
              distance += difference * difference;
            }
            weights[n] = distance;
            nearest = Math.min(nearest, distance);
          }
          for (int n = 0; n < weights.length; n++) {
            weights[n] = (nearest - weights[n]) / (2 * colourWidth * colourWidth);
          }
          softmax(weights);
        });
  }

  /**
   * The kernel of PAMR, Section 3.3 of Araslanov and Roth 2020: softmax, over the neighbours, of
   * the negative colour difference by its channel's local standard deviation, averaged over the
   * channels. As in its code, the deviation is that of all rings, each with its centre, and a tenth
   * of it is what a difference is divided by.
   */
  static AffinityPropagation pixelAdaptive(RgbImage image, int[] rings) {
    return new AffinityPropagation(
        image,
        rings,
        (colours, own, weights) -> {
          Arrays.fill(weights, 0);
          for (int c = 0; c < CHANNELS; c++) {
            double width = 1e-8 + 0.1 * deviation(colours[c], own[c], rings.length);
            for (int n = 0; n < weights.length; n++) {
              weights[n] -= Math.abs(own[c] - colours[c][n]) / width / CHANNELS;
            }
          }
          softmax(weights);
        });
  }

  /** The standard deviation of a sample: of neighbours and as many centres as there are rings. */
  private static double deviation(float[] neighbours, float own, int centres) {
    int count = neighbours.length + centres;
    double mean = (double) own * centres;
    for (float value : neighbours) {
      mean += value;
    }
    mean /= count;
    double squares = (own - mean) * (own - mean) * centres;
    for (float value : neighbours) {
      squares += (value - mean) * (value - mean);
    }
    return Math.sqrt(squares / (count - 1));
  }

  private static void softmax(double[] values) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (double value : values) {
      greatest = Math.max(greatest, value);
    }
    double total = 0;
    for (int n = 0; n < values.length; n++) {
      values[n] = Math.exp(values[n] - greatest);
      total += values[n];
    }
    for (int n = 0; n < values.length; n++) {
      values[n] /= total;
    }
  }

  /**
   * Propagates one class's activations.
   *
   * @param activations {@code [height * width]}, not changed
   * @return a new array
   */
  float[] propagate(float[] activations, int steps) {
    float[] current = activations.clone();
    float[] next = new float[current.length];
    for (int step = 0; step < steps; step++) {
      Arrays.fill(next, 0);
      for (int n = 0; n < weights.length; n++) {
        for (int y = 0; y < height; y++) {
          addRow(current, clamp(y + dy[n], height) * width, dx[n], weights[n], y * width, next);
        }
      }
      float[] last = current;
      current = next;
      next = last;
    }
    return current;
  }

  /** One neighbour's part in a row of pixels: {@code to} is the row's start, {@code from} its. */
  private void addRow(float[] values, int from, int shift, float[] weights, int to, float[] sums) {
    int begin = Math.min(width, Math.max(0, -shift));
    int end = Math.max(begin, Math.min(width, width - shift));
    for (int x = 0; x < begin; x++) {
      sums[to + x] += weights[to + x] * values[from + clamp(x + shift, width)];
    }
    for (int x = begin; x < end; x++) {
      sums[to + x] += weights[to + x] * values[from + x + shift];
    }
    for (int x = end; x < width; x++) {
      sums[to + x] += weights[to + x] * values[from + clamp(x + shift, width)];
    }
  }
}
