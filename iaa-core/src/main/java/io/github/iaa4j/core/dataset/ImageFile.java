package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.Dimension;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

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

  /** The last of the kinds of colours that are usual: grey, RGB, palette, CMYK, YCbCr. */
  private static final long TIFF_YCBCR = 6;

  /** JPEG data in a TIFF. */
  private static final long TIFF_JPEG = 7;

  private ImageFile() {}

  /**
   * What a file says of its image before the pixels.
   *
   * @param width of the pixels as {@link #readRgb(Path)} gives them
   * @param height of the pixels as {@link #readRgb(Path)} gives them
   * @param orientation how those pixels must be turned to be seen upright
   */
  record Header(int width, int height, Orientation orientation) {

    /**
     * How the pixels must be turned so that they have the size that an annotation states: not at
     * all where it is theirs, upright where it is that of the upright image. Nothing if neither is
     * so. A size cannot tell whether a square image was annotated upright, or one that is only
     * mirrored or upside down; those are not turned.
     */
    Optional<Orientation> turnToFit(int statedWidth, int statedHeight) {
      if (statedWidth == width && statedHeight == height) {
        return Optional.of(Orientation.UPRIGHT);
      }
      return orientation.swapsAxes() && statedWidth == height && statedHeight == width
          ? Optional.of(orientation)
          : Optional.empty();
    }

    /** The size, and the upright one where it differs, for people. */
    private String sizes() {
      return width
          + " x "
          + height
          + (orientation.swapsAxes()
              ? " pixels, or "
                  + height
                  + " x "
                  + width
                  + " upright, by its EXIF orientation "
                  + orientation.exifValue()
              : "");
    }
  }

  /** Whether {@link #readRgb(Path, Supplier)} turns the image so that it has the size stated. */
  static boolean isTurned(Path file, Supplier<Optional<Dimension>> stated) {
    Header header = header(file);
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
  static Header header(Path file) {
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
          return decode(file, Decoder::header);
        });
  }

  /**
   * The pixels as they are stored, alpha over black, 16 bits rounded to 8, grey in all three
   * channels, CMYK as Pillow converts it. Colour profiles and EXIF orientation are ignored, because
   * the Python loaders whose masks and crops these images must fit ignore them too. The orientation
   * of a TIFF is part of its format, and is followed.
   */
  static RgbImage readRgb(Path file) {
    return decode(file, Decoder::rgb);
  }

  /**
   * The pixels as {@link #readRgb(Path)} gives them, or turned upright where only so they have the
   * size that an annotation states: {@link Header#turnToFit}. Where neither fits they are not
   * turned; {@link #misfit} tells.
   *
   * @param stated the size that an annotation states; asked for only where the answer matters
   */
  static RgbImage readRgb(Path file, Supplier<Optional<Dimension>> stated) {
    return decode(
        file,
        decoder -> {
          RgbImage image = decoder.rgb();
          Header header = decoder.header();
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
   * The stored values of a one-channel PNG: palette indices or grey levels, never colours. An RGB
   * PNG has none; where it is known what its colours stand for, their indices take their place. So
   * they do where all colours of a palette that are in use stand for something.
   *
   * @param colours from a colour, 0xRRGGBB, to its index; may be empty
   */
  static LabelMask readIndices(Path file, Map<Integer, Integer> colours) {
    return decode(
        file,
        decoder -> {
          if (decoder.format != ImageFormat.PNG) {
            throw new DatasetException(
                file,
                null,
                "a mask must be a PNG, because JPEG changes the values; save it as a PNG with a"
                    + " palette or in 8-bit grey",
                null);
          }
          BufferedImage image = decoder.image();
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
        });
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

  /**
   * How the size that an annotation states differs from its image's, turned upright or not, as
   * words that follow "states"; nothing if one of the two is the size stated.
   */
  static Optional<String> misfit(Path image, int statedWidth, int statedHeight) {
    Header header = header(image);
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

  private interface Decoding<T> {
    T apply(Decoder decoder) throws IOException;
  }

  private interface Reading<T> {
    T run() throws IOException;
  }

  private static <T> T decode(Path file, Decoding<T> decoding) {
    return guarded(
        file,
        () -> {
          if (Files.size(file) > MAX_BYTES) {
            throw new DatasetException(
                file,
                null,
                "is larger than 256 MiB, which no photo is; take it off the list",
                null);
          }
          byte[] bytes = Files.readAllBytes(file);
          try (Decoder decoder = new Decoder(file, format(file, bytes), bytes)) {
            return decoding.apply(decoder);
          }
        });
  }

  private static <T> T guarded(Path file, Reading<T> reading) {
    try {
      return reading.run();
    } catch (NoSuchFileException e) {
      throw new DatasetException(
          file, null, "there is no such file; copy it, or take it off the list", e);
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
  private static Header header(Path file, ImageFormat format, byte[] start) throws IOException {
    Header header;
    if (format == ImageFormat.JPEG) {
      JpegHeader jpeg = JpegHeader.read(start);
      header = new Header(jpeg.width(), jpeg.height(), jpeg.orientation());
    } else {
      ByteBuffer png = ByteBuffer.wrap(start);
      if (start.length < 24) {
        throw new EOFException("the PNG ends in its header");
      }
      header = new Header(png.getInt(16), png.getInt(20), pngOrientation(start));
    }
    requireAtMostMaxPixels(file, header.width(), header.height());
    return header;
  }

  private static void requireAtMostMaxPixels(Path file, int width, int height) {
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

  /** What a chunk {@code eXIf} before the pixels says. */
  private static Orientation pngOrientation(byte[] bytes) throws EOFException {
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

  /** One file on its way to pixels. */
  private static final class Decoder implements AutoCloseable {

    final ImageFormat format;
    private final Path file;
    private final byte[] bytes;
    private final @Nullable JpegHeader jpeg;
    private @Nullable ImageReader reader;
    private @Nullable String truncation;

    Decoder(Path file, ImageFormat format, byte[] bytes) throws IOException {
      this.file = file;
      this.format = format;
      this.bytes = format == ImageFormat.WEBP ? WebpChunks.withoutProfile(bytes) : bytes;
      this.jpeg = format == ImageFormat.JPEG ? JpegHeader.read(bytes) : null;
    }

    Header header() throws IOException {
      if (jpeg != null) {
        return new Header(jpeg.width(), jpeg.height(), jpeg.orientation());
      }
      Dimension size = size();
      Header header =
          new Header(
              size.width,
              size.height,
              switch (format) {
                case PNG -> pngOrientation(bytes);
                case WEBP -> WebpChunks.orientation(bytes);
                case TIFF -> Orientation.ofTiff(bytes, 0, bytes.length);
                case JPEG, BMP -> Orientation.UPRIGHT;
              });
      // Pixels of a TIFF are given upright.
      return format == ImageFormat.TIFF
          ? new Header(
              header.orientation().swapsAxes() ? size.height : size.width,
              header.orientation().swapsAxes() ? size.width : size.height,
              Orientation.UPRIGHT)
          : header;
    }

    RgbImage rgb() throws IOException {
      if (jpeg != null) {
        return rgb(jpeg);
      }
      if (format != ImageFormat.TIFF) {
        return ImageFile.rgb(file, image(), format != ImageFormat.BMP);
      }
      if (tiff(TiffTags.PHOTOMETRIC_INTERPRETATION) > TIFF_YCBCR) {
        throw new DatasetException(
            file,
            null,
            "is a TIFF in CIELAB or another rare kind of colours; convert it to RGB",
            null);
      }
      if (tiff(TiffTags.COMPRESSION) == TIFF_JPEG && tiff(TiffTags.SAMPLES_PER_PIXEL) > 3) {
        throw new DatasetException(
            file,
            null,
            "is a TIFF of JPEG data in CMYK or with alpha, whose colours Java gets wrong; save it as"
                + " a PNG, or as a TIFF with LZW compression",
            null);
      }
      return Orientation.ofTiff(bytes, 0, bytes.length).upright(ImageFile.rgb(file, image(), true));
    }

    /** The value of a tag of a TIFF, or 0. */
    private long tiff(int tag) {
      return TiffTags.value(tag, bytes, 0, bytes.length).orElse(0);
    }

    private RgbImage rgb(JpegHeader header) throws IOException {
      try {
        if (!header.isConvertedHere()) {
          return ImageFile.rgb(file, image(), true);
        }
        Raster raster = reader().readRaster(0, null);
        requireWhole();
        return JpegRaster.rgb(header, raster);
      } catch (IOException | RuntimeException e) {
        String oddity = header.oddity();
        if (oddity == null) {
          throw e;
        }
        throw new DatasetException(
            file,
            null,
            "is a JPEG with "
                + oddity
                + ", which Java does not decode; save it as an ordinary JPEG or a PNG",
            e);
      }
    }

    BufferedImage image() throws IOException {
      BufferedImage image = reader().read(0);
      requireWhole();
      return image;
    }

    private Dimension size() throws IOException {
      return new Dimension(reader().getWidth(0), reader().getHeight(0));
    }

    private void requireWhole() {
      if (truncation != null) {
        throw new DatasetException(
            file,
            null,
            "the JPEG data breaks off (" + truncation + "); " + ImageFormat.COPY_AGAIN,
            null);
      }
    }

    private ImageReader reader() throws IOException {
      if (reader == null) {
        reader = ImageFile.reader(file, format);
        // The JPEG decoder fills what is missing with grey and only warns. Its other warnings, such
        // as stray bytes between segments, are about harmless faults that many photos have.
        reader.addIIOReadWarningListener(
            (source, warning) -> {
              if (warning.contains("Missing EOI") || warning.contains("remature end")) {
                truncation = warning;
              }
            });
        byte[] decoded = jpeg == null ? bytes : jpeg.plainlyMarked(bytes);
        reader.setInput(
            new MemoryCacheImageInputStream(new ByteArrayInputStream(decoded)), true, true);
        requireAtMostMaxPixels(file, reader.getWidth(0), reader.getHeight(0));
      }
      return Objects.requireNonNull(reader);
    }

    @Override
    public void close() throws IOException {
      if (reader != null) {
        ImageInputStream input = (ImageInputStream) reader.getInput();
        reader.dispose();
        if (input != null) {
          input.close();
        }
      }
    }
  }

  private static ImageReader reader(Path file, ImageFormat format) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.label());
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      // A plugin on the class path may decode to other pixels than the JDK's readers, which are
      // always there.
      if (!format.readByTheJdk() || reader.getClass().getModule() == ImageIO.class.getModule()) {
        return reader;
      }
      reader.dispose();
    }
    throw new DatasetException(
        file,
        null,
        format.readByTheJdk()
            ? "this Java runtime has no " + format.label() + " reader; use a whole JDK"
            : "is a "
                + format.label()
                + " image, and nothing on the class path decodes those; convert it to PNG or JPEG,"
                + " or add the library com.twelvemonkeys.imageio:imageio-webp, which the iaa"
                + " command brings",
        null);
  }

  /**
   * @param alphaCounts whether alpha is more than a filling byte; that of a BMP is often 0
   *     everywhere
   */
  private static RgbImage rgb(Path file, BufferedImage image, boolean alphaCounts) {
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
    byte[] pixels = new byte[Math.multiplyExact(width * height, 3)];
    if (bands == 3 && type == DataBuffer.TYPE_BYTE && samples.getSampleSize(0) == 8) {
      return new RgbImage(
          width, height, (byte[]) raster.getDataElements(0, 0, width, height, pixels));
    }
    int[] max = new int[bands];
    for (int band = 0; band < bands; band++) {
      max[band] = (1 << samples.getSampleSize(band)) - 1;
    }
    // The colours of a premultiplied image lie over black already.
    boolean transparent = alphaCounts && model.hasAlpha() && !model.isAlphaPremultiplied();
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
