package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * The format in which the images of a data set are written. The same pixels give the same bytes.
 *
 * <p>{@link #decode} of {@link #encode} gives the pixels that a reader of the file sees. Judge
 * those, not the ones before the encoding, so that what was judged is what is trained on.
 */
public enum ImageEncoding {

  /** Lossless, 8-bit RGB. */
  PNG("png"),

  /**
   * JPEG of quality 0.95 without chroma subsampling, so that small images keep their colours. Code
   * written for PASCAL VOC often opens {@code .jpg} files alone.
   */
  JPEG("jpg");

  private static final float JPEG_QUALITY = 0.95f;

  private final String extension;

  ImageEncoding(String extension) {
    this.extension = extension;
  }

  /** The extension of a file's name, without the dot. */
  public String extension() {
    return extension;
  }

  /** The bytes of a file with this image. */
  public byte[] encode(RgbImage image) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      if (this == PNG) {
        ImageIO.write(image.toBufferedImage(), "png", bytes);
      } else {
        writeJpeg(image.toBufferedImage(), bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail so.
    }
    return bytes.toByteArray();
  }

  /**
   * The pixels in the bytes of a file, as {@link RgbImage#read} gives them.
   *
   * @throws IllegalArgumentException if the bytes are not an image of this encoding
   */
  public RgbImage decode(byte[] bytes) {
    ImageFormat wanted = this == PNG ? ImageFormat.PNG : ImageFormat.JPEG;
    if (ImageFormat.of(bytes).filter(found -> found == wanted).isEmpty()) {
      throw new IllegalArgumentException("the bytes are not a " + wanted.label() + " file");
    }
    try {
      return ImageFile.readRgb(Path.of("image." + extension), bytes);
    } catch (DatasetException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static void writeJpeg(BufferedImage pixels, ByteArrayOutputStream bytes)
      throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(JPEG_QUALITY);
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(pixels), param);
      removeSubsampling(metadata);
      writer.setOutput(out);
      writer.write(null, new IIOImage(pixels, null, metadata), param);
      out.flush();
    } finally {
      writer.dispose();
    }
  }

  private static void removeSubsampling(IIOMetadata metadata) throws IIOInvalidTreeException {
    String format = metadata.getNativeMetadataFormatName();
    Node tree = metadata.getAsTree(format);
    removeSubsampling(tree);
    metadata.setFromTree(format, tree);
  }

  private static void removeSubsampling(Node node) {
    if (node instanceof Element element && element.getNodeName().equals("componentSpec")) {
      element.setAttribute("HsamplingFactor", "1");
      element.setAttribute("VsamplingFactor", "1");
    }
    for (Node child = node.getFirstChild(); child != null; child = child.getNextSibling()) {
      removeSubsampling(child);
    }
  }
}
