package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.Pixels;
import java.util.Arrays;
import java.util.Random;

/**
 * The augmentation of every training: a random flip, a mild random zoom and shift, and jitter of
 * brightness, contrast, saturation and hue. The zoom is mild because a crop that loses the labelled
 * object would teach a wrong label.
 *
 * <p>A draw is an affine map of pixels and an affine map of colours, so that an image and its
 * pseudo mask get the same geometry.
 */
final class Augmentation {

  /** The mask's index for pixels from outside the image. */
  static final byte VOID = (byte) 255;

  private static final double ZOOM = 1.3;
  private static final double SHIFT = 0.15;
  private static final double JITTER = 0.3;
  private static final double HUE = 0.05;

  private final int size;
  private final double stepX;
  private final double startX;
  private final double stepY;
  private final double startY;

  /** A 3x4 matrix by rows, applied to (r, g, b, 1). */
  private final float[] colour;

  private Augmentation(
      int size, double stepX, double startX, double stepY, double startY, float[] colour) {
    this.size = size;
    this.stepX = stepX;
    this.startX = startX;
    this.stepY = stepY;
    this.startY = startY;
    this.colour = colour;
  }

  /** Draws one augmentation of square images. */
  static Augmentation draw(int size, Random random) {
    double step = Math.exp(-uniform(random) * Math.log(ZOOM));
    double centreX = (size - 1) / 2.0 + uniform(random) * SHIFT * size;
    double centreY = (size - 1) / 2.0 + uniform(random) * SHIFT * size;
    double across = random.nextBoolean() ? step : -step;
    double middle = (size - 1) / 2.0;
    float brightness = (float) (1 + uniform(random) * JITTER);
    float contrast = (float) (1 + uniform(random) * JITTER);
    float saturation = (float) (1 + uniform(random) * JITTER);
    double hue = uniform(random) * HUE * 2 * Math.PI;
    return new Augmentation(
        size,
        across,
        centreX - middle * across,
        step,
        centreY - middle * step,
        colourMatrix(brightness, contrast, saturation, hue));
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
   * Writes the augmented image, normalised for a network.
   *
   * @param pixels {@code [size, size, 3]}, 8-bit RGB
   * @param target {@code [.., 3, size, size]}, written from {@code at} on
   */
  void image(byte[] pixels, float[] target, int at) {
    int plane = size * size;
    float[] mixed = new float[3];
    for (int y = 0; y < size; y++) {
      double sourceY = clamp(startY + y * stepY);
      int top = Math.min((int) sourceY, size - 2);
      float down = (float) (sourceY - top);
      for (int x = 0; x < size; x++) {
        double sourceX = clamp(startX + x * stepX);
        int left = Math.min((int) sourceX, size - 2);
        float right = (float) (sourceX - left);
        int corner = (top * size + left) * 3;
        for (int c = 0; c < 3; c++) {
          float above = mix(pixels[corner + c], pixels[corner + 3 + c], right);
          float below =
              mix(pixels[corner + 3 * size + c], pixels[corner + 3 * size + 3 + c], right);
          mixed[c] = (above + (below - above) * down) / 255f;
        }
        for (int c = 0; c < 3; c++) {
          float value =
              colour[4 * c] * mixed[0]
                  + colour[4 * c + 1] * mixed[1]
                  + colour[4 * c + 2] * mixed[2]
                  + colour[4 * c + 3];
          target[at + c * plane + y * size + x] =
              Pixels.normalise(Math.min(1f, Math.max(0f, value)));
        }
      }
    }
  }

  /**
   * The augmented mask, subsampled to every {@code stride}-th pixel; pixels from outside are {@link
   * #VOID}.
   *
   * @param mask {@code [size, size]}
   * @return {@code [size / stride, size / stride]}
   */
  byte[] mask(byte[] mask, int stride) {
    int reduced = size / stride;
    byte[] result = new byte[reduced * reduced];
    Arrays.fill(result, VOID);
    for (int y = 0; y < reduced; y++) {
      double centreY = y * stride + (stride - 1) / 2.0;
      long sourceY = Math.round(startY + centreY * stepY);
      for (int x = 0; x < reduced; x++) {
        double centreX = x * stride + (stride - 1) / 2.0;
        long sourceX = Math.round(startX + centreX * stepX);
        if (sourceX >= 0 && sourceX < size && sourceY >= 0 && sourceY < size) {
          result[y * reduced + x] = mask[(int) sourceY * size + (int) sourceX];
        }
      }
    }
    return result;
  }

  private double clamp(double position) {
    return Math.min(size - 1.0, Math.max(0.0, position));
  }

  private static float mix(byte left, byte right, float share) {
    int a = left & 0xff;
    return a + ((right & 0xff) - a) * share;
  }
}
