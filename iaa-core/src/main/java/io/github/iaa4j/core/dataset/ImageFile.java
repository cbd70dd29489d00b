package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.Dimension;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Reads the images of data sets, in the formats of {@link ImageFormat}, and trusts none: the header
 * is read before memory is taken, and a file that breaks off is an error, not a half grey image.
 */
final class ImageFile {

  /** Far beyond any photo of a data set; a small file can claim a thousand times as many. */
  static final long MAX_PIXELS = 64_000_000;

  private static final long MAX_BYTES = 256 << 20;

  /** Nearly always enough of a JPEG or PNG to hold all that stands before the pixels. */
  private static final int BEGINNING = 1 << 14;

  private ImageFile() {}

  /** Whether {@link #readRgb(Path, Supplier)} turns the image so that it has the size stated. */
  static boolean isTurned(Path file, Supplier<Optional<Dimension>> stated) {
    ImageHeader header = header(file);
    return header.orientation().swapsAxes()
        && stated
            .get()
            .flatMap(size -> header.turnToFit(size.width, size.height))
            .filter(turn -> turn != Orientation.UPRIGHT)
            .isPresent();
  }

  /** Whether a file's name ends as those of images that are read, in any case. */
  static boolean hasImageExtension(String fileName) {
    String extension = fileName.substring(fileName.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
    return fileName.contains(".") && ImageFormat.EXTENSIONS.contains(extension);
  }

  /** The formats that are read, for a message. */
  static String formats() {
    return ImageFormat.labels("and");
  }

  /** Reads the header alone: for a JPEG or PNG, the first bytes of the file. */
  static ImageHeader header(Path file) {
    return guarded(
        file,
        () -> {
          byte[] start;
          try (InputStream in = Files.newInputStream(file)) {
            start = in.readNBytes(BEGINNING);
          }
          ImageFormat format = format(file, start);
          if (format == ImageFormat.JPEG || format == ImageFormat.PNG) {
            try {
              return header(file, format, start);
            } catch (EOFException e) {
              if (start.length < BEGINNING) {
                throw e;
              }
            }
          }
          return decode(file, ImageDecoder::header);
        });
  }

  /**
   * The pixels as they are stored, alpha over black, 16 bits rounded to 8, grey in all three
   * channels, CMYK as Pillow converts it. Colour profiles and EXIF orientation are ignored, because
   * the Python loaders whose masks and crops these images must fit ignore them too. The orientation
   * of a TIFF is part of its format, and is followed.
   */
  static RgbImage readRgb(Path file) {
    return decode(file, ImageDecoder::rgb);
  }

  /**
   * The pixels of a file that is already in memory, as {@link #readRgb(Path)} gives them.
   *
   * @param name what messages call the file
   */
  static RgbImage readRgb(Path name, byte[] bytes) {
    return guarded(name, () -> decode(name, bytes, ImageDecoder::rgb));
  }

  /**
   * The pixels as {@link #readRgb(Path)} gives them, or turned upright where only so they have the
   * size that an annotation states: {@link ImageHeader#turnToFit}. Where neither fits they are not
   * turned; {@link #misfit} says so.
   *
   * @param stated the size that an annotation states; asked for only where the answer matters
   */
  static RgbImage readRgb(Path file, Supplier<Optional<Dimension>> stated) {
    return decode(
        file,
        decoder -> {
          RgbImage image = decoder.rgb();
          ImageHeader header = decoder.header();
          if (!header.orientation().swapsAxes()) {
            return image;
          }
          return stated
              .get()
              .flatMap(size -> header.turnToFit(size.width, size.height))
              .orElse(Orientation.UPRIGHT)
              .upright(image);
        });
  }

  /**
   * How the size that an annotation states differs from its image's, turned upright or not, as
   * words that follow "states"; nothing if one of the two is the size stated.
   */
  static Optional<String> misfit(Path image, int statedWidth, int statedHeight) {
    ImageHeader header = header(image);
    if (header.turnToFit(statedWidth, statedHeight).isPresent()) {
      return Optional.empty();
    }
    boolean onItsSide = statedWidth == header.height() && statedHeight == header.width();
    return Optional.of(
        statedWidth
            + " x "
            + statedHeight
            + " pixels, but its image "
            + image
            + " has "
            + header.sizes()
            + (onItsSide
                ? ", that is, it lies on its side, and no EXIF orientation in it says so"
                : ""));
  }

  /** What is wanted of an image. */
  interface Decoding<T> {
    T apply(ImageDecoder decoder) throws IOException;
  }

  private interface Reading<T> {
    T run() throws IOException;
  }

  /** Reads a file whole and decodes what is wanted of it. */
  static <T> T decode(Path file, Decoding<T> decoding) {
    return guarded(
        file,
        () -> {
          if (Files.size(file) > MAX_BYTES) {
            throw new DatasetException(
                file,
                null,
                "is larger than 256 MiB, which no photo is; remove it from the list",
                null);
          }
          return decode(file, Files.readAllBytes(file), decoding);
        });
  }

  private static <T> T decode(Path file, byte[] bytes, Decoding<T> decoding) throws IOException {
    try (ImageDecoder decoder = new ImageDecoder(file, format(file, bytes), bytes)) {
      return decoding.apply(decoder);
    }
  }

  private static <T> T guarded(Path file, Reading<T> reading) {
    try {
      return reading.run();
    } catch (NoSuchFileException e) {
      throw new DatasetException(
          file, null, "there is no such file; copy it, or remove it from the list", e);
    } catch (DatasetException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // ImageIO's readers throw unchecked exceptions of many kinds at malformed input.
      throw new DatasetException(
          file, null, "cannot be decoded (" + reason(e) + "); " + ImageFormat.COPY_AGAIN, e);
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e;
    // "Error reading PNG metadata" says less than what it wraps.
    while (cause.getCause() != null && cause.getCause().getMessage() != null) {
      cause = cause.getCause();
    }
    return cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
  }

  private static ImageFormat format(Path file, byte[] start) {
    return ImageFormat.of(start)
        .orElseThrow(() -> new DatasetException(file, null, ImageFormat.whatElse(start), null));
  }

  /** The header of a JPEG or PNG, from its first bytes. */
  private static ImageHeader header(Path file, ImageFormat format, byte[] start)
      throws IOException {
    ImageHeader header;
    if (format == ImageFormat.JPEG) {
      JpegHeader jpeg = JpegHeader.read(start);
      header = new ImageHeader(jpeg.width(), jpeg.height(), jpeg.orientation());
    } else {
      ByteBuffer png = ByteBuffer.wrap(start);
      if (start.length < 24) {
        throw new EOFException("the PNG ends in its header");
      }
      header = new ImageHeader(png.getInt(16), png.getInt(20), pngOrientation(start));
    }
    requireAtMostMaxPixels(file, header.width(), header.height());
    return header;
  }

  /** What a chunk {@code eXIf} before the pixels says. */
  static Orientation pngOrientation(byte[] bytes) throws EOFException {
    ByteBuffer png = ByteBuffer.wrap(bytes);
    int at = 8;
    while (at + 8 <= bytes.length) {
      long end = at + 8 + (png.getInt(at) & 0xffffffffL);
      int type = png.getInt(at + 4);
      if (type == 0x49444154) { // IDAT
        return Orientation.UPRIGHT;
      }
      if (end + 4 > bytes.length) {
        break;
      }
      if (type == 0x65584966) { // eXIf
        return Orientation.ofTiff(bytes, at + 8, (int) end);
      }
      at = (int) end + 4;
    }
    throw new EOFException("the PNG ends before its pixels");
  }

  static void requireAtMostMaxPixels(Path file, int width, int height) {
    if ((long) width * height > MAX_PIXELS) {
      throw new DatasetException(
          file,
          null,
          "claims "
              + width
              + " x "
              + height
              + " pixels, more than the 64 million that are read; scale the image down",
          null);
    }
  }
}
