package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;

/**
 * How an image becomes the input of a network: its size, aspect ratio kept, and its normalisation.
 *
 * @param imageSize the length in pixels of the image's longer side at scale 1; 0 for that which the
 *     image has
 * @param stride heights and widths of the input are multiples of this, the nearest ones, at least 1
 * @param normalization of the channels
 */
public record InputScaling(int imageSize, int stride, Normalization normalization) {

  private static final int CHANNELS = 3;

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a value is out of range
   */
  public InputScaling {
    if (imageSize < 0 || stride < 1) {
      throw new IllegalArgumentException(
          "imageSize is "
              + imageSize
              + " and stride is "
              + stride
              + ", but must be at least 0 and at least 1");
    }
  }

  /**
   * A size in pixels.
   *
   * @param width at least 1
   * @param height at least 1
   */
  public record Size(int width, int height) {

    /** Width times height. */
    public long pixels() {
      return (long) width * height;
    }

    @Override
    public String toString() {
      return width + " x " + height;
    }
  }

  /** The size at which an image is worked with: that of scale 1, to the pixel. */
  public Size working(int width, int height) {
    return size(width, height, 1, 1);
  }

  /** The size of the network's input. */
  public Size input(int width, int height, double scale) {
    return size(width, height, scale, stride);
  }

  private Size size(int width, int height, double scale, int multiple) {
    int longer = Math.max(width, height);
    int target = imageSize == 0 ? longer : imageSize;
    return new Size(
        rounded((double) width * target / longer * scale, multiple),
        rounded((double) height * target / longer * scale, multiple));
  }

  private static int rounded(double length, int multiple) {
    return Math.toIntExact(Math.max(1, Math.round(length / multiple)) * multiple);
  }

  /**
   * Normalises planes in place.
   *
   * @param planes {@code [3, height, width]}, in [0, 1]
   */
  void normalise(float[] planes) {
    int plane = planes.length / CHANNELS;
    for (int c = 0; c < CHANNELS; c++) {
      float centre = normalization.mean().get(c);
      float width = normalization.std().get(c);
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        planes[i] = (planes[i] - centre) / width;
      }
    }
  }
}
