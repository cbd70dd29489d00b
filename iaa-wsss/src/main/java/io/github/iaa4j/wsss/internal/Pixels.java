package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.wsss.internal.InputScaling.Size;

/** Planes of floats, {@code [C, H, W]}, and their resizing. */
public final class Pixels {

  private Pixels() {}

  /**
   * Resizes planes as {@link RowResizer} does.
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
    return new RowResizer(
            channels,
            width,
            height,
            toWidth,
            toHeight,
            (channel, y, into) ->
                System.arraycopy(planes, (channel * height + y) * width, into, 0, width))
        .all();
  }

  /** An image at another size as three planes, {@code [3, H, W]}, each value in [0, 1]. */
  static float[] planes(RgbImage image, Size size) {
    byte[] pixels = image.pixels();
    int width = image.width();
    return new RowResizer(
            3,
            width,
            image.height(),
            size.width(),
            size.height(),
            (channel, y, into) -> {
              for (int x = 0; x < width; x++) {
                into[x] = (pixels[3 * (y * width + x) + channel] & 0xff) / 255f;
              }
            })
        .all();
  }

  /** An image at another size; the image itself if that is its own. */
  public static RgbImage resize(RgbImage image, Size size) {
    if (image.width() == size.width() && image.height() == size.height()) {
      return image;
    }
    float[] planes = planes(image, size);
    int plane = size.width() * size.height();
    byte[] pixels = new byte[planes.length];
    for (int i = 0; i < planes.length; i++) {
      float value = Math.min(1, Math.max(0, planes[i]));
      pixels[i % plane * 3 + i / plane] = (byte) Math.round(255 * value);
    }
    return new RgbImage(size.width(), size.height(), pixels);
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
}
