package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;

/**
 * An image of 8-bit sRGB pixels, {@code [H, W, 3]}, row by row, red first.
 *
 * <p>Arrays are not copied on the way in or out: the constructor takes ownership of its array, and
 * {@link #pixels()} must not be changed. Safe for use by several threads as long as nobody changes
 * the arrays.
 */
public final class RgbImage {

  private final int width;
  private final int height;
  private final byte[] pixels;

  /**
   * @param width in pixels, at least 1
   * @param height in pixels, at least 1
   * @param pixels {@code [height, width, 3]}; owned by the image from now on
   * @throws IllegalArgumentException if the array does not have that size
   */
  public RgbImage(int width, int height, byte[] pixels) {
    if (width < 1 || height < 1 || (long) width * height * 3 != pixels.length) {
      throw new IllegalArgumentException(
          "an RGB image of "
              + width
              + " x "
              + height
              + " does not have "
              + pixels.length
              + " bytes");
    }
    this.width = width;
    this.height = height;
    this.pixels = pixels;
  }

  /**
   * Reads a JPEG, PNG, BMP, TIFF or WebP file; the last with {@code
   * com.twelvemonkeys.imageio:imageio-webp} on the class path.
   *
   * <p>Pixels are those that are stored, as Python's loaders give them: colour profiles and EXIF
   * orientation are ignored. Grey images get three equal channels, 16 bits become 8, transparent
   * pixels are laid over black, and CMYK is converted as Pillow converts it.
   *
   * @throws DatasetException if the file is missing, truncated, of another format, has other
   *     colours than grey, RGB or CMYK, or claims more than 64 million pixels
   */
  public static RgbImage read(Path file) {
    return ImageFile.readRgb(file);
  }

  /**
   * Converts a {@link BufferedImage} of any type; transparent pixels are laid over black.
   *
   * @param image copied
   */
  public static RgbImage of(BufferedImage image) {
    int width = image.getWidth();
    int height = image.getHeight();
    BufferedImage bgr = image;
    if (image.getType() != BufferedImage.TYPE_3BYTE_BGR) {
      bgr = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
      var graphics = bgr.createGraphics();
      graphics.drawImage(image, 0, 0, null);
      graphics.dispose();
    }
    byte[] pixels = (byte[]) bgr.getRaster().getDataElements(0, 0, width, height, null);
    return new RgbImage(width, height, pixels);
  }

  /** A new image of type {@link BufferedImage#TYPE_3BYTE_BGR} with a copy of the pixels. */
  public BufferedImage toBufferedImage() {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
    image.getRaster().setDataElements(0, 0, width, height, pixels);
    return image;
  }

  /**
   * The image in another size, width and height scaled separately, so that nothing is cropped. Each
   * pixel is the mean of those that it covers, weighted by a triangle, as Pillow's {@code BILINEAR}
   * does.
   *
   * @param newWidth in pixels, at least 1
   * @param newHeight in pixels, at least 1
   * @throws IllegalArgumentException if a side is less than 1
   */
  public RgbImage scaledTo(int newWidth, int newHeight) {
    if (newWidth < 1 || newHeight < 1) {
      throw new IllegalArgumentException(
          "an image cannot have the size " + newWidth + " x " + newHeight);
    }
    if (newWidth == width && newHeight == height) {
      return this;
    }
    byte[] wide = scaledLines(pixels, height, width, newWidth, 3 * width, 3, 3 * newWidth);
    byte[] both = scaledLines(wide, newWidth, height, newHeight, 3, 3 * newWidth, 3);
    return new RgbImage(newWidth, newHeight, both);
  }

  /**
   * Scales lines of pixels, which lie {@code between} bytes apart, to another length. The pixels of
   * a line lie {@code stride} bytes apart, in what comes out too.
   */
  private static byte[] scaledLines(
      byte[] from, int lines, int length, int newLength, int between, int stride, int newBetween) {
    double scale = length / (double) newLength;
    double reach = Math.max(scale, 1);
    byte[] into = new byte[3 * lines * newLength];
    double[] weights = new double[(int) (2 * reach) + 3];
    for (int x = 0; x < newLength; x++) {
      double centre = (x + 0.5) * scale;
      int first = Math.max((int) (centre - reach + 0.5), 0);
      int end = Math.min((int) (centre + reach + 0.5), length);
      double sum = 0;
      for (int i = first; i < end; i++) {
        weights[i - first] = Math.max(1 - Math.abs(i + 0.5 - centre) / reach, 0);
        sum += weights[i - first];
      }
      for (int line = 0; line < lines; line++) {
        for (int c = 0; c < 3; c++) {
          double value = 0;
          for (int i = first; i < end; i++) {
            value += weights[i - first] * (from[line * between + i * stride + c] & 0xff);
          }
          into[line * newBetween + x * stride + c] = (byte) Math.rint(value / sum);
        }
      }
    }
    return into;
  }

  /** Width in pixels. */
  public int width() {
    return width;
  }

  /** Height in pixels. */
  public int height() {
    return height;
  }

  /** {@code [height, width, 3]}, red first; the image's own array, which must not be changed. */
  public byte[] pixels() {
    return pixels;
  }

  /** Whether the other is an image of the same size with the same pixels. */
  @Override
  public boolean equals(Object other) {
    return other instanceof RgbImage image
        && image.width == width
        && image.height == height
        && Arrays.equals(image.pixels, pixels);
  }

  /** A hash over the size and all pixels; takes time in proportion to their number. */
  @Override
  public int hashCode() {
    return Objects.hash(width, height, Arrays.hashCode(pixels));
  }

  /** The size, such as {@code RgbImage[64 x 64]}. */
  @Override
  public String toString() {
    return "RgbImage[" + width + " x " + height + "]";
  }
}
