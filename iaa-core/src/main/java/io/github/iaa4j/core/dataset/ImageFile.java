package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.DatasetException;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Reads the two formats that data sets hold, JPEG and PNG, and trusts neither: the header is read
 * before memory is taken, and a file that breaks off is an error, not a half grey image.
 */
final class ImageFile {

  /** Far beyond any photo of a data set; a small file can claim a thousand times as many. */
  static final long MAX_PIXELS = 64_000_000;

  private static final long MAX_BYTES = 256 << 20;

  private static final byte[] JPEG = {(byte) 0xff, (byte) 0xd8, (byte) 0xff};
  private static final byte[] PNG = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
  private static final byte[] PROFILE = "ICC_PROFILE\0".getBytes(StandardCharsets.US_ASCII);
  private static final byte APP2 = (byte) 0xe2;
  private static final byte APP15 = (byte) 0xef;
  private static final byte START_OF_SCAN = (byte) 0xda;

  private static final String REMEDY =
      "; copy the file anew from the original, or take it out of the data set's list";

  /** Extensions of images that are read, in small letters. */
  private static final Set<String> EXTENSIONS =
      Set.of("jpg", "jpeg", "jpe", "jfif", "png", "bmp", "tif", "tiff", "webp");

  private ImageFile() {}

  /** Whether a file's name ends as that of an image that is read, in any case of its letters. */
  static boolean hasImageExtension(String name) {
    int dot = name.lastIndexOf('.');
    return dot >= 0 && EXTENSIONS.contains(name.substring(dot + 1).toLowerCase(Locale.ROOT));
  }

  /** The formats that are read, for a message. */
  static String formats() {
    return "JPEG, PNG, BMP, TIFF and WebP";
  }

  /** Width and height as the header states them; the pixels are not decoded. */
  static Dimension size(Path file) {
    return decode(file, (reader, size, truncations) -> size);
  }

  /**
   * The pixels as they are stored, alpha over black, 16 bits rounded to 8, grey in all three
   * channels. Colour profiles and EXIF orientation are ignored, because the Python loaders whose
   * masks and crops these images must fit ignore them too.
   */
  static RgbImage readRgb(Path file) {
    return decode(
        file, (reader, size, truncations) -> rgb(file, pixels(file, reader, truncations)));
  }

  /**
   * The stored values of a one-channel PNG: palette indices or grey levels, never colours. An RGB
   * PNG has none; where it is known what its colours stand for, their indices take their place.
   *
   * @param colours from a colour, 0xRRGGBB, to its index; may be empty
   */
  static LabelMask readIndices(Path file, Map<Integer, Integer> colours) {
    return decode(
        file,
        (reader, size, truncations) -> {
          if (!reader.getFormatName().equalsIgnoreCase("png")) {
            throw new DatasetException(
                file,
                null,
                "a mask must be a PNG, because JPEG changes the values; save it as a PNG with a"
                    + " palette or in 8-bit grey",
                null);
          }
          BufferedImage image = pixels(file, reader, truncations);
          Raster raster = image.getRaster();
          if (raster.getNumBands() >= 3 && !colours.isEmpty()) {
            return indices(file, image, colours);
          }
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
          byte[] indices = new byte[size.width * size.height];
          int[] row = new int[size.width];
          for (int y = 0; y < size.height; y++) {
            raster.getSamples(0, y, size.width, 1, 0, row);
            for (int x = 0; x < size.width; x++) {
              indices[y * size.width + x] = (byte) row[x];
            }
          }
          return new LabelMask(size.width, size.height, indices);
        });
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

  /** Fails if a mask has another size than its image. */
  static void requireSameSize(Path maskFile, LabelMask mask, Path imageFile) {
    Dimension image = size(imageFile);
    if (mask.width() != image.width || mask.height() != image.height) {
      throw new DatasetException(
          maskFile,
          "size",
          "the mask has "
              + mask.width()
              + " x "
              + mask.height()
              + " pixels, but its image "
              + imageFile
              + " has "
              + image.width
              + " x "
              + image.height
              + "; make the mask of that very image",
          null);
    }
  }

  private interface Decoding<T> {
    T apply(ImageReader reader, Dimension size, List<String> truncations) throws IOException;
  }

  private static <T> T decode(Path file, Decoding<T> decoding) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new DatasetException(
            file, null, "is larger than 256 MiB, which no photo is; take it off the list", null);
      }
      byte[] bytes = Files.readAllBytes(file);
      ImageReader reader = reader(file, bytes);
      try (ImageInputStream input =
          new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
        List<String> truncations = new ArrayList<>();
        // The JPEG decoder fills what is missing with grey and only warns. Its other warnings, such
        // as stray bytes between segments, are about harmless faults that many photos have.
        reader.addIIOReadWarningListener(
            (source, warning) -> {
              if (warning.contains("Missing EOI") || warning.contains("remature end")) {
                truncations.add(warning);
              }
            });
        reader.setInput(input, true, true);
        Dimension size = new Dimension(reader.getWidth(0), reader.getHeight(0));
        if ((long) size.width * size.height > MAX_PIXELS) {
          throw new DatasetException(
              file,
              null,
              "claims "
                  + size.width
                  + " x "
                  + size.height
                  + " pixels, more than the 64 million that are read; scale the image down",
              null);
        }
        return decoding.apply(reader, size, truncations);
      } finally {
        reader.dispose();
      }
    } catch (NoSuchFileException e) {
      throw new DatasetException(
          file, null, "there is no such file; copy it, or take it off the list", e);
    } catch (DatasetException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // ImageIO's readers throw unchecked exceptions of many kinds at malformed input.
      throw new DatasetException(file, null, "cannot be decoded (" + reason(e) + ")" + REMEDY, e);
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

  private static ImageReader reader(Path file, byte[] bytes) {
    String format;
    if (startsWith(bytes, 0, JPEG)) {
      format = "jpeg";
      hideColourProfile(bytes);
    } else if (startsWith(bytes, 0, PNG)) {
      format = "png";
    } else {
      throw new DatasetException(
          file,
          null,
          (bytes.length == 0 ? "is empty" : "is neither a JPEG nor a PNG, whatever its name says")
              + REMEDY,
          null);
    }
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // A plugin on the class path may decode to other pixels; the JDK's readers are always there.
      if (reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
      reader.dispose();
    }
    throw new DatasetException(
        file, null, "this Java runtime has no " + format + " reader; use a whole JDK", null);
  }

  /**
   * Renames the segments of a colour profile to ones that decoders skip. The JDK's reader would
   * convert the pixels, and fails at profiles that are damaged.
   */
  private static void hideColourProfile(byte[] jpeg) {
    int at = 2;
    while (at + 4 <= jpeg.length && jpeg[at] == (byte) 0xff && jpeg[at + 1] != START_OF_SCAN) {
      if (jpeg[at + 1] == (byte) 0xff) {
        at++; // padding before a marker
        continue;
      }
      if (jpeg[at + 1] == APP2 && startsWith(jpeg, at + 4, PROFILE)) {
        jpeg[at + 1] = APP15;
      }
      at += 2 + ((jpeg[at + 2] & 0xff) << 8) + (jpeg[at + 3] & 0xff);
    }
  }

  private static boolean startsWith(byte[] bytes, int from, byte[] magic) {
    int to = from + magic.length;
    return to <= bytes.length && Arrays.equals(bytes, from, to, magic, 0, magic.length);
  }

  private static BufferedImage pixels(Path file, ImageReader reader, List<String> truncations)
      throws IOException {
    Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
    // The reader takes four channels without a note of what they are for RGB and alpha.
    if (!types.hasNext()
        || (reader.getFormatName().equalsIgnoreCase("jpeg") && types.next().getNumBands() > 3)) {
      throw new DatasetException(
          file,
          null,
          "has neither grey nor RGB colours, but perhaps CMYK; convert it to RGB",
          null);
    }
    BufferedImage image = reader.read(0);
    if (!truncations.isEmpty()) {
      throw new DatasetException(
          file, null, "the JPEG data breaks off (" + truncations.get(0) + ")" + REMEDY, null);
    }
    return image;
  }

  private static RgbImage rgb(Path file, BufferedImage image) {
    if (image.getColorModel() instanceof IndexColorModel) {
      return RgbImage.of(image);
    }
    Raster raster = image.getRaster();
    int width = image.getWidth();
    int height = image.getHeight();
    int bands = raster.getNumBands();
    int bits = raster.getSampleModel().getSampleSize(0);
    if (bands > 4 || bits > 16) {
      throw new DatasetException(
          file,
          null,
          "has " + bands + " channels of " + bits + " bits; convert to 8-bit RGB",
          null);
    }
    byte[] pixels = new byte[Math.multiplyExact(width * height, 3)];
    if (bands == 3 && bits == 8) {
      return new RgbImage(
          width, height, (byte[]) raster.getDataElements(0, 0, width, height, pixels));
    }
    int max = (1 << bits) - 1;
    int[] row = new int[width * bands];
    for (int y = 0, out = 0; y < height; y++) {
      raster.getPixels(0, y, width, 1, row);
      for (int x = 0; x < width; x++) {
        int at = x * bands;
        long alpha = bands == 2 || bands == 4 ? row[at + bands - 1] : max;
        for (int channel = 0; channel < 3; channel++) {
          long value = row[bands < 3 ? at : at + channel] * alpha * 255;
          long whole = (long) max * max;
          pixels[out++] = (byte) ((value + whole / 2) / whole);
        }
      }
    }
    return new RgbImage(width, height, pixels);
  }
}
