package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import java.util.Arrays;

/**
 * A 64-bit hash that stays nearly the same when an image is scaled, recompressed or slightly
 * recoloured: the signs of its lowest 8 x 8 cosine frequencies around their median (the pHash of
 * Zauner, <em>Implementation and Benchmarking of Perceptual Image Hash Functions</em>, 2010).
 *
 * @param bits the hash
 */
public record PerceptualHash(long bits) {

  private static final int SIDE = 32;
  private static final int LOW = 8;
  private static final double[][] COSINE = cosine();

  /** Hashes the luminance of an image, reduced to 32 x 32 by area averaging. */
  public static PerceptualHash of(RgbImage image) {
    double[][] grey = reduce(image);
    double[] frequencies = new double[LOW * LOW];
    for (int v = 0; v < LOW; v++) {
      for (int u = 0; u < LOW; u++) {
        double sum = 0;
        for (int y = 0; y < SIDE; y++) {
          for (int x = 0; x < SIDE; x++) {
            sum += grey[y][x] * COSINE[u][x] * COSINE[v][y];
          }
        }
        frequencies[v * LOW + u] = sum;
      }
    }
    frequencies[0] = 0; // Mean brightness says nothing about the picture.
    double[] sorted = frequencies.clone();
    Arrays.sort(sorted);
    double median = (sorted[LOW * LOW / 2 - 1] + sorted[LOW * LOW / 2]) / 2;
    long bits = 0;
    for (int i = 0; i < frequencies.length; i++) {
      if (frequencies[i] > median) {
        bits |= 1L << i;
      }
    }
    return new PerceptualHash(bits);
  }

  /** Bits that differ, from 0 (the same picture) to 64; unrelated pictures differ in about 32. */
  public int distance(PerceptualHash other) {
    return Long.bitCount(bits ^ other.bits);
  }

  private static double[][] reduce(RgbImage image) {
    double[][] grey = new double[SIDE][SIDE];
    byte[] pixels = image.pixels();
    for (int y = 0; y < SIDE; y++) {
      int top = y * image.height() / SIDE;
      int bottom = Math.max(top + 1, (y + 1) * image.height() / SIDE);
      for (int x = 0; x < SIDE; x++) {
        int left = x * image.width() / SIDE;
        int right = Math.max(left + 1, (x + 1) * image.width() / SIDE);
        double sum = 0;
        for (int row = top; row < bottom; row++) {
          for (int column = left; column < right; column++) {
            int at = (row * image.width() + column) * 3;
            sum +=
                0.299 * (pixels[at] & 0xff)
                    + 0.587 * (pixels[at + 1] & 0xff)
                    + 0.114 * (pixels[at + 2] & 0xff);
          }
        }
        grey[y][x] = sum / ((bottom - top) * (double) (right - left));
      }
    }
    return grey;
  }

  private static double[][] cosine() {
    double[][] cosine = new double[LOW][SIDE];
    for (int u = 0; u < LOW; u++) {
      for (int x = 0; x < SIDE; x++) {
        cosine[u][x] = StrictMath.cos((2 * x + 1) * u * Math.PI / (2 * SIDE));
      }
    }
    return cosine;
  }
}
