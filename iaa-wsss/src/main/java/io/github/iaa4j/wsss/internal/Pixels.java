package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.RgbImage;

/** Planes of floats, {@code [C, H, W]}, and their resizing. */
public final class Pixels {

  private Pixels() {}

  /** An image as three planes, {@code [3, H, W]}, each value in [0, 1]. */
  public static float[] planes(RgbImage image) {
    int size = image.width() * image.height();
    byte[] pixels = image.pixels();
    float[] planes = new float[3 * size];
    for (int i = 0; i < size; i++) {
      for (int c = 0; c < 3; c++) {
        planes[c * size + i] = (pixels[3 * i + c] & 0xff) / 255f;
      }
    }
    return planes;
  }

  /**
   * The networks' normalisation: [0, 1] to [-2, 2], about zero mean and unit variance on photos.
   */
  public static float normalise(float value) {
    return (value - 0.5f) * 4;
  }

  /**
   * Resizes planes bilinearly, with half-pixel centres. When it makes them smaller, the filter is
   * widened so that every pixel counts (antialiasing), which keeps thin structures from vanishing.
   *
   * @param planes {@code [channels, height, width]}
   * @return {@code [channels, toHeight, toWidth]}, a new array, or {@code planes} itself if the
   *     size is unchanged
   */
  public static float[] resize(
      float[] planes, int channels, int width, int height, int toWidth, int toHeight) {
    if (width == toWidth && height == toHeight) {
      return planes;
    }
    Taps across = Taps.of(width, toWidth);
    Taps down = Taps.of(height, toHeight);
    float[] rows = new float[channels * height * toWidth];
    for (int y = 0; y < channels * height; y++) {
      for (int x = 0; x < toWidth; x++) {
        float sum = 0;
        for (int k = 0; k < across.count; k++) {
          sum +=
              across.weights[x * across.count + k]
                  * planes[y * width + across.sources[x * across.count + k]];
        }
        rows[y * toWidth + x] = sum;
      }
    }
    float[] result = new float[channels * toHeight * toWidth];
    for (int c = 0; c < channels; c++) {
      for (int y = 0; y < toHeight; y++) {
        int to = (c * toHeight + y) * toWidth;
        for (int k = 0; k < down.count; k++) {
          float weight = down.weights[y * down.count + k];
          int from = (c * height + down.sources[y * down.count + k]) * toWidth;
          if (weight != 0) {
            for (int x = 0; x < toWidth; x++) {
              result[to + x] += weight * rows[from + x];
            }
          }
        }
      }
    }
    return result;
  }

  /** Mirrors planes left to right into a new array. */
  public static float[] flip(float[] planes, int width) {
    float[] result = new float[planes.length];
    for (int row = 0; row < planes.length; row += width) {
      for (int x = 0; x < width; x++) {
        result[row + x] = planes[row + width - 1 - x];
      }
    }
    return result;
  }

  /** For each target pixel, the {@code count} source pixels that it mixes and their weights. */
  @SuppressWarnings("ArrayRecordComponent") // never leaves this class
  private record Taps(int count, int[] sources, float[] weights) {

    static Taps of(int from, int to) {
      double scale = (double) from / to;
      double reach = Math.max(1, scale);
      int count = (int) Math.ceil(reach) * 2 + 1;
      int[] sources = new int[to * count];
      float[] weights = new float[to * count];
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale - 0.5;
        int first = (int) Math.floor(centre - reach) + 1;
        double total = 0;
        double[] raw = new double[count];
        for (int k = 0; k < count; k++) {
          raw[k] = Math.max(0, 1 - Math.abs(first + k - centre) / reach);
          total += raw[k];
        }
        for (int k = 0; k < count; k++) {
          sources[i * count + k] = Math.min(from - 1, Math.max(0, first + k));
          weights[i * count + k] = (float) (raw[k] / total);
        }
      }
      return new Taps(count, sources, weights);
    }
  }
}
