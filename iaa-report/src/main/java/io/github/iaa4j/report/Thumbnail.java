package io.github.iaa4j.report;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.StorageException;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import javax.imageio.ImageIO;

/** Images inside the page. */
final class Thumbnail {

  private static final int MAX_SIDE = 192;

  private Thumbnail() {}

  /** The image as a data URI: small ones as they are, large ones reduced. */
  static String of(Path file) {
    try {
      BufferedImage image = RgbImage.read(file).toBufferedImage();
      if (Math.max(image.getWidth(), image.getHeight()) <= MAX_SIDE) {
        return uri("png", Files.readAllBytes(file));
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(reduced(image), "jpeg", bytes);
      return uri("jpeg", bytes.toByteArray());
    } catch (IOException e) {
      throw new StorageException(file, "the image cannot be read (" + e + ").", e);
    }
  }

  /** Halves until the last step, so that no pixel is skipped. */
  private static BufferedImage reduced(BufferedImage image) {
    BufferedImage current = image;
    while (true) {
      int longer = Math.max(current.getWidth(), current.getHeight());
      if (longer <= MAX_SIDE) {
        return current;
      }
      double scale = Math.max(0.5, (double) MAX_SIDE / longer);
      int width = Math.max(1, (int) Math.round(current.getWidth() * scale));
      int height = Math.max(1, (int) Math.round(current.getHeight() * scale));
      BufferedImage smaller = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
      Graphics2D graphics = smaller.createGraphics();
      graphics.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      graphics.drawImage(current, 0, 0, width, height, null);
      graphics.dispose();
      current = smaller;
    }
  }

  private static String uri(String format, byte[] bytes) {
    return "data:image/" + format + ";base64," + Base64.getEncoder().encodeToString(bytes);
  }
}
