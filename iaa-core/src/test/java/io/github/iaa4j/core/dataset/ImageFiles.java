package io.github.iaa4j.core.dataset;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Makes the small images that the tests read. */
final class ImageFiles {

  private ImageFiles() {}

  /** A coloured picture with some detail, so that its JPEG has more than a few bytes of data. */
  static BufferedImage picture(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.setRGB(x, y, (x * 37 % 256) << 16 | (y * 53 % 256) << 8 | ((x ^ y) * 11 % 256));
      }
    }
    return image;
  }

  static byte[] encode(BufferedImage image, String format) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (!ImageIO.write(image, format, bytes)) {
        throw new IllegalArgumentException("no writer for " + format + " and " + image);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  /** Writes a file, and the folders above it. */
  static Path write(Path file, byte[] bytes) {
    try {
      Files.createDirectories(file.getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path write(Path file, String text) {
    return write(file, text.getBytes(StandardCharsets.UTF_8));
  }

  static Path jpeg(Path file, int width, int height) {
    return write(file, encode(picture(width, height), "jpeg"));
  }

  /** A palette PNG with the indices given; every colour of its palette is the same grey. */
  static Path mask(Path file, int width, int height, int... indices) {
    byte[] grey = new byte[256];
    java.util.Arrays.fill(grey, (byte) 90);
    return paletteMask(file, 8, grey, width, height, indices);
  }

  static Path paletteMask(
      Path file, int bits, byte[] greys, int width, int height, int... indices) {
    IndexColorModel palette = new IndexColorModel(bits, greys.length, greys, greys, greys);
    BufferedImage image =
        new BufferedImage(
            width,
            height,
            bits == 8 ? BufferedImage.TYPE_BYTE_INDEXED : BufferedImage.TYPE_BYTE_BINARY,
            palette);
    for (int i = 0; i < indices.length; i++) {
      image.getRaster().setSample(i % width, i / width, 0, indices[i]);
    }
    return write(file, encode(image, "png"));
  }

  /** A PNG of a few bytes whose header claims any size. */
  static byte[] pngThatClaims(int width, int height) throws IOException {
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    DataOutputStream data = new DataOutputStream(header);
    data.writeBytes("IHDR");
    data.writeInt(width);
    data.writeInt(height);
    data.write(new byte[] {8, 2, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(header.toByteArray());
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(png);
    out.write(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
    out.writeInt(13);
    out.write(header.toByteArray());
    out.writeInt((int) crc.getValue());
    return png.toByteArray();
  }

  /** A block of EXIF with an orientation alone. */
  static byte[] exif(int orientation, boolean little) {
    return ByteBuffer.allocate(26)
        .order(little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN)
        .put((byte) (little ? 'I' : 'M'))
        .put((byte) (little ? 'I' : 'M'))
        .putShort((short) 42)
        .putInt(8)
        .putShort((short) 1)
        .putShort((short) 0x0112)
        .putShort((short) 3)
        .putInt(1)
        .putShort((short) orientation)
        .array();
  }

  /** A JPEG that says how it must be turned. */
  static byte[] withExif(byte[] jpeg, int orientation) {
    byte[] block = exif(orientation, true);
    return withSegment(
        jpeg,
        0xe1,
        ByteBuffer.allocate(6 + block.length)
            .put(new byte[] {'E', 'x', 'i', 'f', 0, 0})
            .put(block)
            .array());
  }

  /** A JPEG with one more segment at its start. */
  static byte[] withSegment(byte[] jpeg, int marker, byte[] content) {
    return ByteBuffer.allocate(jpeg.length + 4 + content.length)
        .put(jpeg, 0, 2)
        .put((byte) 0xff)
        .put((byte) marker)
        .putShort((short) (content.length + 2))
        .put(content)
        .put(jpeg, 2, jpeg.length - 2)
        .array();
  }

  /** A PNG that says how it must be turned. */
  static byte[] withExifChunk(byte[] png, int orientation) {
    byte[] block = exif(orientation, false);
    int afterHeader = 8 + 12 + 13;
    byte[] chunk =
        ByteBuffer.allocate(4 + block.length)
            .put(new byte[] {'e', 'X', 'I', 'f'})
            .put(block)
            .array();
    CRC32 crc = new CRC32();
    crc.update(chunk);
    return ByteBuffer.allocate(png.length + 8 + chunk.length)
        .put(png, 0, afterHeader)
        .putInt(block.length)
        .put(chunk)
        .putInt((int) crc.getValue())
        .put(png, afterHeader, png.length - afterHeader)
        .array();
  }
}
