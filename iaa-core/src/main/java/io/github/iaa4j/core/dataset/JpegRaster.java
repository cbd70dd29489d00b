package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.JpegHeader.Colours;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;

/**
 * Makes RGB of the components of a JPEG as libjpeg-turbo and Pillow do, where the JDK's decoder
 * cannot (CMYK) or does otherwise (chroma that has every other row alone, 4:4:0).
 */
final class JpegRaster {

  private static final int HALF = 1 << 15;

  private JpegRaster() {}

  /**
   * @param raster {@code [H, W, components]} of 8 bits, all at the size of the image
   */
  static RgbImage rgb(JpegHeader header, Raster raster) throws IOException {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    Colours colours = header.colours();
    byte[][] planes = new byte[bands][];
    for (int band = 0; band < bands; band++) {
      planes[band] = plane(raster, band);
      if (header.halvesRowsAlone(band)) {
        smoothRows(planes[band], width, height);
      }
    }
    byte[] pixels = new byte[Math.multiplyExact(3, width * height)];
    for (int i = 0; i < width * height; i++) {
      int red = planes[0][i] & 0xff;
      int green = planes[Math.min(1, bands - 1)][i] & 0xff;
      int blue = planes[Math.min(2, bands - 1)][i] & 0xff;
      if (colours == Colours.YCBCR || colours == Colours.YCCK) {
        int luma = red;
        int cb = green - 128;
        int cr = blue - 128;
        red = clamp(luma + ((91881 * cr + HALF) >> 16));
        green = clamp(luma + ((-22554 * cb - 46802 * cr + HALF) >> 16));
        blue = clamp(luma + ((116130 * cb + HALF) >> 16));
      }
      if (colours == Colours.YCCK) {
        red = 255 - red;
        green = 255 - green;
        blue = 255 - blue;
      }
      if (bands == 4) {
        // Stored complemented, as Adobe does and as Pillow takes it, marker or not.
        int light = planes[3][i] & 0xff;
        red = inked(255 - red, light);
        green = inked(255 - green, light);
        blue = inked(255 - blue, light);
      }
      pixels[3 * i] = (byte) red;
      pixels[3 * i + 1] = (byte) green;
      pixels[3 * i + 2] = (byte) blue;
    }
    return new RgbImage(width, height, pixels);
  }

  /** What is left of the light that black lets through under one more ink: Pillow's cmyk2rgb. */
  static int inked(int ink, int light) {
    int taken = ink * light + 128;
    return light - ((taken + (taken >> 8)) >> 8);
  }

  private static byte[] plane(Raster raster, int band) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] plane = new byte[width * height];
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      raster.getSamples(raster.getMinX(), raster.getMinY() + y, width, 1, band, row);
      for (int x = 0; x < width; x++) {
        plane[y * width + x] = (byte) row[x];
      }
    }
    return plane;
  }

  /**
   * Interpolates rows that a decoder only doubled: libjpeg-turbo's {@code h1v2_fancy_upsample}.
   * JDKs that bring libjpeg 6b double them; those that use the system's libjpeg-turbo have
   * interpolated already.
   */
  private static void smoothRows(byte[] plane, int width, int height) {
    for (int y = 0; y + 1 < height; y += 2) {
      int from = y * width;
      if (!Arrays.equals(plane, from, from + width, plane, from + width, from + 2 * width)) {
        return;
      }
    }
    int rows = (height + 1) / 2;
    byte[] stored = new byte[rows * width];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(plane, 2 * row * width, stored, row * width, width);
    }
    for (int y = 0; y < height; y++) {
      int near = y / 2;
      int far = Math.max(0, Math.min(rows - 1, near + (y % 2 == 0 ? -1 : 1)));
      int bias = y % 2 == 0 ? 1 : 2;
      for (int x = 0; x < width; x++) {
        int value = 3 * (stored[near * width + x] & 0xff) + (stored[far * width + x] & 0xff) + bias;
        plane[y * width + x] = (byte) (value >> 2);
      }
    }
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }
}
