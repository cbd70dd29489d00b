package io.github.iaa4j.core.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Masks as PNG with a palette of the VOC colours: 0 background, k + 1 class k, 255 void; where all
 * classes are names of VOC, VOC's own indices 1 to 20, however few there are. Safe for use by
 * several threads.
 */
final class MaskPngWriter {

  private static final IndexColorModel PALETTE = palette();

  private final byte[] storedIndices = new byte[256];

  /**
   * @param classNames the classes in the order of the masks' indices
   */
  MaskPngWriter(List<String> classNames) {
    storedIndices[LabelMask.VOID] = (byte) LabelMask.VOID;
    int[] stored = ClassList.ofVoc(classNames).storedIndices();
    for (int k = 0; k < stored.length; k++) {
      storedIndices[k + 1] = (byte) stored[k];
    }
  }

  /** The bytes of the file. */
  byte[] png(LabelMask mask) {
    BufferedImage image =
        new BufferedImage(mask.width(), mask.height(), BufferedImage.TYPE_BYTE_INDEXED, PALETTE);
    byte[] stored = new byte[mask.indices().length];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = storedIndices[mask.indices()[i] & 0xff];
    }
    image.getRaster().setDataElements(0, 0, mask.width(), mask.height(), stored);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  /** The VOC colour of index i spreads the bits of i over the three channels, high bits first. */
  private static IndexColorModel palette() {
    byte[][] rgb = new byte[3][256];
    for (int i = 0; i < 256; i++) {
      int bits = i;
      for (int shift = 7; bits != 0; shift--, bits >>= 3) {
        for (int channel = 0; channel < 3; channel++) {
          rgb[channel][i] |= (byte) ((bits >> channel & 1) << shift);
        }
      }
    }
    return new IndexColorModel(8, 256, rgb[0], rgb[1], rgb[2]);
  }
}
