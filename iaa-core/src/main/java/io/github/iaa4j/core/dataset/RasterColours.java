package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.nio.file.Path;

/** Makes RGB pixels of 8 bits from what a decoder gives: grey, RGB or CMYK, of 1 to 16 bits. */
final class RasterColours {

  private RasterColours() {}

  /**
   * The pixels of an image, alpha over black.
   *
   * @param file for messages
   * @param alphaCounts whether alpha is more than a filling byte; that of a BMP is often 0
   *     everywhere
   */
  static RgbImage rgb(Path file, BufferedImage image, boolean alphaCounts) {
    ColorModel model = image.getColorModel();
    if (model instanceof IndexColorModel) {
      return RgbImage.of(image);
    }
    Raster raster = image.getRaster();
    SampleModel samples = raster.getSampleModel();
    int width = image.getWidth();
    int height = image.getHeight();
    int bands = raster.getNumBands();
    int colours =
        switch (model.getColorSpace().getType()) {
          case ColorSpace.TYPE_GRAY -> 1;
          case ColorSpace.TYPE_RGB -> 3;
          case ColorSpace.TYPE_CMYK -> 4;
          default -> 0;
        };
    int type = samples.getDataType();
    boolean whole =
        type == DataBuffer.TYPE_BYTE
            || type == DataBuffer.TYPE_USHORT
            || (type == DataBuffer.TYPE_INT && samples.getSampleSize(0) <= 8);
    if (colours == 0 || bands != colours + (model.hasAlpha() ? 1 : 0) || !whole) {
      throw new DatasetException(
          file,
          null,
          "has "
              + bands
              + " channels of "
              + samples.getSampleSize(0)
              + " bits that are neither grey nor RGB nor CMYK; convert to 8-bit RGB",
          null);
    }
    if (bands == 3 && type == DataBuffer.TYPE_BYTE && samples.getSampleSize(0) == 8) {
      byte[] pixels = new byte[Math.multiplyExact(width * height, 3)];
      return new RgbImage(
          width, height, (byte[]) raster.getDataElements(0, 0, width, height, pixels));
    }
    // The colours of a premultiplied image lie over black already.
    boolean transparent = alphaCounts && model.hasAlpha() && !model.isAlphaPremultiplied();
    return converted(raster, colours, transparent);
  }

  private static RgbImage converted(Raster raster, int colours, boolean transparent) {
    int width = raster.getWidth();
    int height = raster.getHeight();
    int bands = raster.getNumBands();
    byte[] pixels = new byte[Math.multiplyExact(width * height, 3)];
    int[] max = new int[bands];
    for (int band = 0; band < bands; band++) {
      max[band] = (1 << raster.getSampleModel().getSampleSize(band)) - 1;
    }
    int[] row = new int[width * bands];
    for (int y = 0, out = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int at = x * bands;
        long alpha = transparent ? row[at + bands - 1] : 1;
        long opaque = transparent ? max[bands - 1] : 1;
        for (int channel = 0; channel < 3; channel++) {
          int band = colours == 1 ? 0 : channel;
          long value = row[at + band] * alpha * 255;
          long full = max[band] * opaque;
          pixels[out++] = (byte) ((value + full / 2) / full);
        }
        if (colours == 4) {
          int light = 255 - row[at + 3] * 255 / max[3];
          for (int channel = 3; channel > 0; channel--) {
            pixels[out - channel] = (byte) JpegRaster.inked(pixels[out - channel] & 0xff, light);
          }
        }
      }
    }
    return new RgbImage(width, height, pixels);
  }
}
