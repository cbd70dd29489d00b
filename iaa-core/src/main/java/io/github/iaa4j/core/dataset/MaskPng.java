package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** The indices of a mask's pixels, as a PNG holds them. */
final class MaskPng {

  private MaskPng() {}

  /**
   * The stored values of a one-channel PNG: palette indices or grey levels, never colours. An RGB
   * PNG has none; where it is known what its colours stand for, their indices take their place. So
   * they do where all colours of a palette that are in use stand for something.
   *
   * @param colours from a colour, 0xRRGGBB, to its index; may be empty
   */
  static LabelMask read(Path file, Map<Integer, Integer> colours) {
    return ImageFile.decode(
        file,
        decoder -> {
          if (decoder.format() != ImageFormat.PNG) {
            throw new DatasetException(
                file,
                null,
                "a mask must be a PNG, because JPEG changes the values; save it as a PNG with a"
                    + " palette or in 8-bit grey",
                null);
          }
          BufferedImage image = decoder.image();
          return image.getRaster().getNumBands() >= 3 && !colours.isEmpty()
              ? indices(file, image, colours)
              : storedValues(file, image, colours);
        });
  }

  private static LabelMask storedValues(
      Path file, BufferedImage image, Map<Integer, Integer> colours) {
    Raster raster = image.getRaster();
    if (raster.getNumBands() != 1 || raster.getSampleModel().getSampleSize(0) > 8) {
      throw new DatasetException(
          file,
          null,
          "a mask must have one channel of at most 8 bits whose values are class indices, but"
              + " this PNG has "
              + raster.getNumBands()
              + " of "
              + raster.getSampleModel().getSampleSize(0)
              + " bits; convert its colours to indices, or say in labelmap.txt which class a"
              + " colour is",
          null);
    }
    int width = raster.getWidth();
    int height = raster.getHeight();
    byte[] indices = new byte[width * height];
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      raster.getSamples(0, y, width, 1, 0, row);
      for (int x = 0; x < width; x++) {
        indices[y * width + x] = (byte) row[x];
      }
    }
    if (image.getColorModel() instanceof IndexColorModel palette) {
      reorder(indices, palette, colours);
    }
    return new LabelMask(width, height, indices);
  }

  /**
   * Puts the index that a colour stands for in place of the palette's own, where the palette has
   * another order than the classes, as one that a tool made of colours. A palette in which any
   * index in use has a colour that stands for nothing, or that another has too, is only for the
   * eye.
   */
  private static void reorder(
      byte[] indices, IndexColorModel palette, Map<Integer, Integer> colours) {
    Map<Integer, Byte> used = new HashMap<>();
    byte[] meant = new byte[256];
    for (byte index : indices) {
      int colour = palette.getRGB(index & 0xff) & 0xffffff;
      Integer stands = colours.get(colour);
      Byte before = used.putIfAbsent(colour, index);
      if (stands == null || (before != null && before != index)) {
        return;
      }
      meant[index & 0xff] = (byte) (int) stands;
    }
    for (int i = 0; i < indices.length; i++) {
      indices[i] = meant[indices[i] & 0xff];
    }
  }

  private static LabelMask indices(Path file, BufferedImage image, Map<Integer, Integer> colours) {
    int width = image.getWidth();
    byte[] indices = new byte[width * image.getHeight()];
    int[] row = new int[width];
    for (int y = 0; y < image.getHeight(); y++) {
      image.getRGB(0, y, width, 1, row, 0, width);
      for (int x = 0; x < width; x++) {
        int colour = row[x] & 0xffffff;
        Integer index = colours.get(colour);
        if (index == null) {
          throw new DatasetException(
              file,
              "x " + x + ", y " + y,
              String.format(
                  Locale.ROOT,
                  "the colour %d,%d,%d stands for no class in the list of classes; add it there",
                  colour >> 16,
                  colour >> 8 & 0xff,
                  colour & 0xff),
              null);
        }
        indices[y * width + x] = (byte) (int) index;
      }
    }
    return new LabelMask(width, image.getHeight(), indices);
  }
}
