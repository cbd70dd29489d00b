package io.github.iaa4j.core.dataset;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The chunks of a WebP file: a name of four letters, a little-endian size, content, padding. */
final class WebpChunks {

  private static final int FIRST = 12;
  private static final int VP8X = 0x58385056;
  private static final int ICCP = 0x50434349;
  private static final int EXIF = 0x46495845;

  /** Says in the first byte of {@code VP8X} that there is a profile. */
  private static final int PROFILE_FLAG = 0x20;

  private static final byte[] EXIF_MAGIC = "Exif\0\0".getBytes(StandardCharsets.US_ASCII);

  private WebpChunks() {}

  /**
   * The file without its colour profile, which is ignored and can be damaged.
   *
   * @throws EOFException if the file is shorter than it says, because a decoder would give what is
   *     missing any colour
   */
  static byte[] withoutProfile(byte[] file) throws EOFException {
    ByteBuffer webp = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long stated = (webp.getInt(4) & 0xffffffffL) + 8;
    if (file.length < stated) {
      throw new EOFException("the WebP has " + file.length + " bytes of " + stated);
    }
    ByteArrayOutputStream kept = new ByteArrayOutputStream(file.length);
    kept.write(file, 0, FIRST);
    long at = FIRST;
    while (at + 8 <= file.length) {
      long end = Math.min(end(webp, (int) at), file.length);
      if (webp.getInt((int) at) != ICCP) {
        kept.write(file, (int) at, (int) (end - at));
      }
      at = end;
    }
    if (kept.size() + (file.length - at) == file.length) {
      return file;
    }
    byte[] bytes = kept.toByteArray();
    ByteBuffer plain = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    plain.putInt(4, bytes.length - 8);
    if (bytes.length > FIRST + 8 && plain.getInt(FIRST) == VP8X) {
      bytes[FIRST + 8] &= ~PROFILE_FLAG;
    }
    return bytes;
  }

  /** What the chunk {@code EXIF} says. */
  static Orientation orientation(byte[] file) {
    ByteBuffer webp = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long at = FIRST;
    while (at + 8 <= file.length) {
      int start = (int) at + 8;
      long size = webp.getInt(start - 4) & 0xffffffffL;
      if (webp.getInt(start - 8) == EXIF && start + size <= file.length) {
        int end = start + (int) size;
        int magic = Math.min(end, start + EXIF_MAGIC.length);
        boolean hasMagic = Arrays.equals(file, start, magic, EXIF_MAGIC, 0, EXIF_MAGIC.length);
        return Orientation.ofTiff(file, hasMagic ? magic : start, end);
      }
      at = end(webp, (int) at);
    }
    return Orientation.UPRIGHT;
  }

  private static long end(ByteBuffer webp, int chunk) {
    long size = webp.getInt(chunk + 4) & 0xffffffffL;
    return chunk + 8 + size + size % 2;
  }
}
