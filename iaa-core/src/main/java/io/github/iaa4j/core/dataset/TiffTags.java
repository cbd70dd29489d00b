package io.github.iaa4j.core.dataset;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.OptionalLong;

/** Reads numbers in the first directory of a TIFF file; a block of EXIF is one too. */
final class TiffTags {

  /** How the pixels are compressed. */
  static final int COMPRESSION = 0x0103;

  /** How many samples a pixel has. */
  static final int SAMPLES_PER_PIXEL = 0x0115;

  /** How pixels lie, 1 to 8. */
  static final int ORIENTATION = 0x0112;

  /** What the samples are. */
  static final int PHOTOMETRIC_INTERPRETATION = 0x0106;

  private static final int SHORT = 3;
  private static final int LONG = 4;

  private TiffTags() {}

  /**
   * The value of a tag that has one number.
   *
   * @param bytes hold the TIFF from {@code start} to {@code end}
   * @return nothing where the TIFF is damaged, too
   */
  static OptionalLong value(int tag, byte[] bytes, int start, int end) {
    ByteBuffer tiff = ByteBuffer.wrap(bytes, start, end - start).slice();
    if (tiff.limit() < 8) {
      return OptionalLong.empty();
    }
    boolean little = tiff.get(0) == 'I' && tiff.get(1) == 'I';
    if (!little && (tiff.get(0) != 'M' || tiff.get(1) != 'M')) {
      return OptionalLong.empty();
    }
    tiff.order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = tiff.getInt(4) & 0xffffffffL;
    if (tiff.getShort(2) != 42 || directory > tiff.limit() - 2) {
      return OptionalLong.empty();
    }
    int entries = tiff.getShort((int) directory) & 0xffff;
    for (int i = 0; i < entries; i++) {
      long entry = directory + 2 + 12L * i;
      if (entry + 12 > tiff.limit()) {
        break;
      }
      int at = (int) entry;
      if ((tiff.getShort(at) & 0xffff) == tag) {
        return switch (tiff.getShort(at + 2)) {
          case SHORT -> OptionalLong.of(tiff.getShort(at + 8) & 0xffff);
          case LONG -> OptionalLong.of(tiff.getInt(at + 8) & 0xffffffffL);
          default -> OptionalLong.empty();
        };
      }
    }
    return OptionalLong.empty();
  }
}
