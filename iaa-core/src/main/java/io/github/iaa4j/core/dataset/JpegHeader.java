package io.github.iaa4j.core.dataset;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What stands before the first scan of a JPEG, read as libjpeg reads it.
 *
 * <p>Whether three components are YCbCr or RGB, and four are CMYK or YCCK, is nowhere stated in a
 * JPEG. The decoder of the JDK guesses otherwise than libjpeg, with which nearly all other software
 * reads and with which the images of a data set were looked at. So the guess is made here, as in
 * {@code default_decompress_parms} of libjpeg-turbo's {@code jdapimin.c}, and the decoder is given
 * markers that leave it none.
 */
final class JpegHeader {

  /** What the components are. */
  enum Colours {
    GREY,
    YCBCR,
    RGB,
    CMYK,
    /** CMYK whose first three components are stored as the YCbCr of their complements. */
    YCCK
  }

  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP1 = 0xe1;
  private static final int APP2 = 0xe2;
  private static final int APP14 = 0xee;
  private static final byte APP15 = (byte) 0xef;
  private static final int TEM = 0x01;

  private static final byte[] JFIF = ascii("JFIF\0");
  private static final byte[] EXIF = ascii("Exif\0\0");
  private static final byte[] PROFILE = ascii("ICC_PROFILE\0");
  private static final byte[] ADOBE = ascii("Adobe");

  private static final byte[] START_JFIF =
      segment(APP0, new byte[] {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});

  /** Its last byte says that the components are not transformed. */
  private static final byte[] START_ADOBE =
      segment(APP14, new byte[] {'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, 0});

  private int frame;
  private int precision;
  private int width;
  private int height;
  private int[] ids = {};
  private int[] horizontal = {};
  private int[] vertical = {};
  private boolean jfif;
  private int adobe = -1;
  private Orientation orientation = Orientation.UPRIGHT;
  private boolean exif;

  private JpegHeader() {}

  /**
   * Reads the markers up to the first scan.
   *
   * @param bytes a JPEG, or its beginning
   * @throws EOFException if they end before the first scan
   * @throws IOException if there is no image in them
   */
  static JpegHeader read(byte[] bytes) throws IOException {
    JpegHeader header = new JpegHeader();
    header.walk(bytes, (marker, start, end) -> header.take(bytes, marker, start, end));
    if (header.frame == 0) {
      throw new IOException("the JPEG has no frame header before its first scan");
    }
    return header;
  }

  int width() {
    return width;
  }

  int height() {
    return height;
  }

  Orientation orientation() {
    return orientation;
  }

  /**
   * @throws IOException if no colour space has that many components
   */
  Colours colours() throws IOException {
    return switch (ids.length) {
      case 1 -> Colours.GREY;
      case 3 -> {
        if (jfif || adobe > 0) {
          yield Colours.YCBCR;
        }
        yield adobe == 0 || (adobe < 0 && Arrays.equals(ids, new int[] {'R', 'G', 'B'}))
            ? Colours.RGB
            : Colours.YCBCR;
      }
      case 4 -> adobe > 0 ? Colours.YCCK : Colours.CMYK;
      default -> throw new IOException("no colours have " + ids.length + " components");
    };
  }

  /** What the JDK's decoder may not know of in this JPEG, as words to follow "with". */
  @Nullable String oddity() {
    if (ids.length == 2 || ids.length > 4) {
      return ids.length + " components instead of 1 for grey, 3 for colours or 4 for CMYK";
    }
    if (precision != 8) {
      return precision + " bits a sample instead of 8";
    }
    return switch (frame) {
      case 0xc0, 0xc1, 0xc2 -> null;
      case 0xc9, 0xca -> "arithmetic coding";
      default -> "lossless or hierarchical coding";
    };
  }

  /** Whether a component has every pixel of a row, but only every other row. */
  boolean halvesRowsAlone(int component) {
    return horizontal[component] == max(horizontal) && 2 * vertical[component] == max(vertical);
  }

  /** Whether the JDK's decoder cannot make RGB of the components, or not as libjpeg-turbo does. */
  boolean isConvertedHere() {
    if (ids.length == 4) {
      return true;
    }
    for (int component = 0; component < ids.length; component++) {
      if (halvesRowsAlone(component)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The same JPEG with markers from which any decoder draws the same colours as {@link #colours()},
   * and without a colour profile: the JDK's reader would convert the pixels to it, and fails at
   * profiles that are damaged. {@link Colours#YCCK} is marked as CMYK, to be converted by the
   * caller.
   *
   * @param bytes those that this header was read from; may be changed and returned
   */
  byte[] plainlyMarked(byte[] bytes) throws IOException {
    boolean usual = adobe < 0 && (jfif || ids.length == 1);
    // Segments are renamed to ones that decoders skip, because removing them would copy the rest.
    walk(
        bytes,
        (marker, start, end) -> {
          if ((marker == APP2 && startsWith(bytes, start, end, PROFILE))
              || marker == APP14
              || (marker == APP0 && !usual)) {
            bytes[start - 3] = APP15;
          }
        });
    if (usual || ids.length == 1) {
      return bytes;
    }
    byte[] start = colours() == Colours.YCBCR ? START_JFIF : START_ADOBE;
    byte[] marked = Arrays.copyOf(start, start.length + bytes.length - 2);
    System.arraycopy(bytes, 2, marked, start.length, bytes.length - 2);
    return marked;
  }

  private interface Segments {
    /** A segment's content is from {@code start} to {@code end}. */
    void take(int marker, int start, int end) throws IOException;
  }

  private void walk(byte[] bytes, Segments segments) throws IOException {
    int at = 2;
    while (true) {
      // As libjpeg's next_marker: anything but a marker is skipped.
      while (at + 1 < bytes.length
          && (bytes[at] != (byte) 0xff || bytes[at + 1] == 0 || bytes[at + 1] == (byte) 0xff)) {
        at++;
      }
      if (at + 1 >= bytes.length) {
        throw new EOFException("the JPEG ends before its first scan");
      }
      int marker = bytes[at + 1] & 0xff;
      at += 2;
      if (marker == SOS) {
        return;
      }
      if (marker == EOI || marker == SOI) {
        throw new IOException("the JPEG has no scan");
      }
      if (marker == TEM || (marker >= 0xd0 && marker <= 0xd7)) {
        continue; // these have no length
      }
      if (at + 2 > bytes.length) {
        throw new EOFException("the JPEG ends before its first scan");
      }
      int length = uint16(bytes, at);
      if (length < 2) {
        throw new IOException("the JPEG has a segment of no length at byte " + at);
      }
      if (at + length > bytes.length) {
        throw new EOFException("the JPEG ends before its first scan");
      }
      segments.take(marker, at + 2, at + length);
      at += length;
    }
  }

  private void take(byte[] bytes, int marker, int start, int end) throws IOException {
    int length = end - start;
    if (marker == APP0 && length >= 14 && startsWith(bytes, start, end, JFIF)) {
      jfif = true;
    } else if (marker == APP14 && length >= 12 && startsWith(bytes, start, end, ADOBE)) {
      adobe = bytes[start + 11] & 0xff;
    } else if (marker == APP1 && !exif && startsWith(bytes, start, end, EXIF)) {
      exif = true;
      orientation = Orientation.ofTiff(bytes, start + EXIF.length, end);
    } else if (marker == 0xc0 || (marker > 0xc0 && marker < 0xd0 && marker % 4 != 0)) {
      takeFrame(bytes, marker, start, length);
    }
  }

  private void takeFrame(byte[] bytes, int marker, int start, int length) throws IOException {
    int components = length < 6 ? 0 : bytes[start + 5] & 0xff;
    if (frame != 0 || components == 0 || length != 6 + 3 * components) {
      throw new IOException("the JPEG has a malformed frame header at byte " + (start - 4));
    }
    frame = marker;
    precision = bytes[start];
    height = uint16(bytes, start + 1);
    width = uint16(bytes, start + 3);
    ids = new int[components];
    horizontal = new int[components];
    vertical = new int[components];
    for (int i = 0; i < components; i++) {
      int at = start + 6 + 3 * i;
      ids[i] = bytes[at] & 0xff;
      horizontal[i] = (bytes[at + 1] & 0xff) >> 4;
      vertical[i] = bytes[at + 1] & 0xf;
    }
  }

  private static int max(int[] factors) {
    return Arrays.stream(factors).max().orElseThrow();
  }

  private static boolean startsWith(byte[] bytes, int start, int end, byte[] text) {
    int to = start + text.length;
    return to <= end && Arrays.equals(bytes, start, to, text, 0, text.length);
  }

  private static int uint16(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** The start of a JPEG and one segment. */
  private static byte[] segment(int marker, byte[] content) {
    byte[] start = new byte[6 + content.length];
    start[0] = (byte) 0xff;
    start[1] = (byte) SOI;
    start[2] = (byte) 0xff;
    start[3] = (byte) marker;
    start[5] = (byte) (2 + content.length);
    System.arraycopy(content, 0, start, 6, content.length);
    return start;
  }
}
