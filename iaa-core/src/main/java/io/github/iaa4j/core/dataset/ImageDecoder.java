package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.Dimension;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.Objects;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.jspecify.annotations.Nullable;

/** One image file on its way to pixels. */
final class ImageDecoder implements AutoCloseable {

  /** The last of the kinds of colours that are usual: grey, RGB, palette, CMYK, YCbCr. */
  private static final long TIFF_YCBCR = 6;

  /** JPEG data in a TIFF. */
  private static final long TIFF_JPEG = 7;

  private final ImageFormat format;
  private final Path file;
  private final byte[] bytes;
  private final @Nullable JpegHeader jpeg;
  private @Nullable ImageReader reader;
  private @Nullable String truncation;

  ImageDecoder(Path file, ImageFormat format, byte[] bytes) throws IOException {
    this.file = file;
    this.format = format;
    this.bytes = format == ImageFormat.WEBP ? WebpChunks.withoutProfile(bytes) : bytes;
    this.jpeg = format == ImageFormat.JPEG ? JpegHeader.read(bytes) : null;
  }

  ImageFormat format() {
    return format;
  }

  /** What stands before the pixels. */
  ImageHeader header() throws IOException {
    if (jpeg != null) {
      return new ImageHeader(jpeg.width(), jpeg.height(), jpeg.orientation());
    }
    Dimension size = size();
    ImageHeader header =
        new ImageHeader(
            size.width,
            size.height,
            switch (format) {
              case PNG -> ImageFile.pngOrientation(bytes);
              case WEBP -> WebpChunks.orientation(bytes);
              case TIFF -> Orientation.ofTiff(bytes, 0, bytes.length);
              case JPEG, BMP -> Orientation.UPRIGHT;
            });
    // Pixels of a TIFF are given upright.
    return format == ImageFormat.TIFF
        ? new ImageHeader(
            header.orientation().swapsAxes() ? size.height : size.width,
            header.orientation().swapsAxes() ? size.width : size.height,
            Orientation.UPRIGHT)
        : header;
  }

  /** The pixels, as {@link ImageFile#readRgb(Path)} says. */
  RgbImage rgb() throws IOException {
    if (jpeg != null) {
      return rgb(jpeg);
    }
    if (format != ImageFormat.TIFF) {
      return RasterColours.rgb(file, image(), format != ImageFormat.BMP);
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
    return Orientation.ofTiff(bytes, 0, bytes.length)
        .upright(RasterColours.rgb(file, image(), true));
  }

  /** The value of a tag of a TIFF, or 0. */
  private long tiff(int tag) {
    return TiffTags.value(tag, bytes, 0, bytes.length).orElse(0);
  }

  private RgbImage rgb(JpegHeader header) throws IOException {
    try {
      if (!header.isConvertedHere()) {
        return RasterColours.rgb(file, image(), true);
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

  /** The pixels as ImageIO gives them. */
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
      reader = reader(file, format);
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
      ImageFile.requireAtMostMaxPixels(file, reader.getWidth(0), reader.getHeight(0));
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
}
