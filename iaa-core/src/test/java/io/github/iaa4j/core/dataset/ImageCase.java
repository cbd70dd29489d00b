package io.github.iaa4j.core.dataset;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.zip.GZIPInputStream;

/** An image file and its pixels as Pillow gives them; made by {@code tools/images}. */
final class ImageCase {

  private final String name;
  private final byte[] file;
  private final RgbImage expected;

  private ImageCase(String name, byte[] file, RgbImage expected) {
    this.name = name;
    this.file = file;
    this.expected = expected;
  }

  /** The cases of one format, such as {@code jpeg}. */
  static List<ImageCase> all(String format) {
    List<ImageCase> cases = new ArrayList<>();
    try (InputStream resource =
            Objects.requireNonNull(
                ImageCase.class.getResourceAsStream("/images/" + format + ".cases.gz"));
        DataInputStream in =
            new DataInputStream(new BufferedInputStream(new GZIPInputStream(resource)))) {
      while (true) {
        String name;
        try {
          name = in.readUTF();
        } catch (EOFException e) {
          return cases;
        }
        byte[] file = in.readNBytes(in.readInt());
        int width = in.readInt();
        int height = in.readInt();
        cases.add(
            new ImageCase(
                name, file, new RgbImage(width, height, in.readNBytes(3 * width * height))));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ImageCase of(String format, String name) {
    return all(format).stream().filter(c -> c.name().equals(name)).findFirst().orElseThrow();
  }

  String name() {
    return name;
  }

  byte[] file() {
    return file;
  }

  RgbImage expected() {
    return expected;
  }

  RgbImage read(Path folder) {
    return RgbImage.read(ImageFiles.write(folder.resolve(name), file));
  }

  @Override
  public String toString() {
    return name;
  }
}
