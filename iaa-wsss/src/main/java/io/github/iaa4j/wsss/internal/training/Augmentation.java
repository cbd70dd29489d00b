package io.github.iaa4j.wsss.internal.training;

import java.util.Arrays;
import java.util.Random;

/**
 * The augmentation of every training: a random flip, scale and crop, and jitter of brightness,
 * contrast, saturation and hue. The aspect ratio is kept.
 *
 * <p>A draw is an affine map of pixels and an affine map of colours, so that an image and its
 * pseudo mask get the same geometry.
 */
final class Augmentation {

  /** The mask's index for pixels from outside the image. */
  static final byte VOID = (byte) 255;

  /** How far a crop that is as large as the image may leave it, as a fraction of its side. */
  private static final double SHIFT = 0.15;

  private static final double JITTER = 0.3;
  private static final double HUE = 0.05;

  private final Crops crops;
  private final int width;
  private final int height;
  private final double stepX;
  private final double startX;
  private final double stepY;
  private final double startY;

  /** A 3x4 matrix by rows, applied to (r, g, b, 1). */
  private final float[] colour;

  private Augmentation(
      Crops crops,
      int width,
      int height,
      double stepX,
      double startX,
      double stepY,
      double startY,
      float[] colour) {
    this.crops = crops;
    this.width = width;
    this.height = height;
    this.stepX = stepX;
    this.startX = startX;
    this.stepY = stepY;
    this.startY = startY;
    this.colour = colour;
  }

  /** Draws one augmentation of an image of this size. */
  static Augmentation draw(Crops crops, int width, int height, Random random) {
    double scale =
        Math.exp(
            Math.log(crops.minScale())
                + (uniform(random) + 1) / 2 * Math.log(crops.maxScale() / crops.minScale()));
    double step = Math.max(width, height) / (crops.imageSize() * scale);
    double centreX = centre(width, crops.size() * step, random);
    double centreY = centre(height, crops.size() * step, random);
    double across = random.nextBoolean() ? step : -step;
    double middle = (crops.size() - 1) / 2.0;
    float brightness = (float) (1 + uniform(random) * JITTER);
    float contrast = (float) (1 + uniform(random) * JITTER);
    float saturation = (float) (1 + uniform(random) * JITTER);
    double hue = uniform(random) * HUE * 2 * Math.PI;
    return new Augmentation(
        crops,
        width,
        height,
        across,
        centreX - middle * across,
        step,
        centreY - middle * step,
        colourMatrix(brightness, contrast, saturation, hue));
  }

  /** The centre of the crop: anywhere in the image, and a little beyond. */
  private static double centre(int side, double crop, Random random) {
    return (side - 1) / 2.0 + uniform(random) * Math.max(SHIFT * side, (side - crop) / 2);
  }

  private static double uniform(Random random) {
    return random.nextDouble() * 2 - 1;
  }

  /** Brightness, then contrast about mid grey, then a rotation and scaling of the chroma in YIQ. */
  private static float[] colourMatrix(
      float brightness, float contrast, float saturation, double hue) {
    double u = saturation * Math.cos(hue);
    double w = saturation * Math.sin(hue);
    double[][] chroma = {
      {.299 + .701 * u + .168 * w, .587 - .587 * u + .330 * w, .114 - .114 * u - .497 * w},
      {.299 - .299 * u - .328 * w, .587 + .413 * u + .035 * w, .114 - .114 * u + .292 * w},
      {.299 - .300 * u + 1.25 * w, .587 - .588 * u - 1.05 * w, .114 + .886 * u - .203 * w}
    };
    float[] matrix = new float[12];
    for (int row = 0; row < 3; row++) {
      double offset = 0;
      for (int column = 0; column < 3; column++) {
        matrix[row * 4 + column] = (float) (chroma[row][column] * contrast * brightness);
        offset += chroma[row][column] * 0.5 * (1 - contrast);
      }
      matrix[row * 4 + 3] = (float) offset;
    }
    return matrix;
  }

  /**
   * Writes the augmented image, normalised for a network. What lies outside the image is the mean
   * colour, which is zero.
   *
   * @param pixels {@code [height, width, 3]}, 8-bit RGB
   * @param target {@code [.., 3, size, size]}, written from {@code at} on
   */
  void image(byte[] pixels, float[] target, int at) {
    int size = crops.size();
    int plane = size * size;
    float[] mean = new float[3];
    float[] std = new float[3];
    for (int c = 0; c < 3; c++) {
      mean[c] = crops.normalization().mean().get(c);
      std[c] = crops.normalization().std().get(c);
    }
    float[] mixed = new float[3];
    for (int y = 0; y < size; y++) {
      double sourceY = startY + y * stepY;
      if (!isInside(sourceY, height)) {
        continue;
      }
      int top = lower(sourceY, height);
      int below = Math.min(top + 1, height - 1);
      float down = (float) Math.max(0, sourceY - top);
      for (int x = 0; x < size; x++) {
        double sourceX = startX + x * stepX;
        if (!isInside(sourceX, width)) {
          continue;
        }
        int left = lower(sourceX, width);
        int right = Math.min(left + 1, width - 1);
        float across = (float) Math.max(0, sourceX - left);
        for (int c = 0; c < 3; c++) {
          float upper =
              mix(
                  pixels[(top * width + left) * 3 + c],
                  pixels[(top * width + right) * 3 + c],
                  across);
          float under =
              mix(
                  pixels[(below * width + left) * 3 + c],
                  pixels[(below * width + right) * 3 + c],
                  across);
          mixed[c] = (upper + (under - upper) * down) / 255f;
        }
        for (int c = 0; c < 3; c++) {
          float value =
              colour[4 * c] * mixed[0]
                  + colour[4 * c + 1] * mixed[1]
                  + colour[4 * c + 2] * mixed[2]
                  + colour[4 * c + 3];
          target[at + c * plane + y * size + x] =
              (Math.min(1f, Math.max(0f, value)) - mean[c]) / std[c];
        }
      }
    }
  }

  /** Whether a position is nearer to a pixel of the image than to one outside. */
  private static boolean isInside(double position, int side) {
    return position >= -0.5 && position <= side - 0.5;
  }

  private static int lower(double position, int side) {
    return Math.min(side - 1, (int) Math.max(0, position));
  }

  /**
   * The augmented mask, subsampled to every {@code stride}-th pixel; pixels from outside are {@link
   * #VOID}.
   *
   * @param mask {@code [height, width]}
   * @return {@code [size / stride, size / stride]}
   */
  byte[] mask(byte[] mask, int stride) {
    int reduced = crops.size() / stride;
    byte[] result = new byte[reduced * reduced];
    Arrays.fill(result, VOID);
    for (int y = 0; y < reduced; y++) {
      double centreY = y * stride + (stride - 1) / 2.0;
      long sourceY = Math.round(startY + centreY * stepY);
      for (int x = 0; x < reduced; x++) {
        double centreX = x * stride + (stride - 1) / 2.0;
        long sourceX = Math.round(startX + centreX * stepX);
        if (sourceX >= 0 && sourceX < width && sourceY >= 0 && sourceY < height) {
          result[y * reduced + x] = mask[(int) sourceY * width + (int) sourceX];
        }
      }
    }
    return result;
  }

  private static float mix(byte left, byte right, float share) {
    int a = left & 0xff;
    return a + ((right & 0xff) - a) * share;
  }
}
