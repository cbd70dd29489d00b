package io.github.iaa4j.core.dataset;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

/** A folder of tiny images, and of lists of them. */
abstract class ImageFolder {

  @TempDir Path root;

  void image(String name) {
    Path file = root.resolve(name);
    String format = name.endsWith(".png") ? "png" : "jpeg";
    ImageFiles.write(file, ImageFiles.encode(ImageFiles.picture(4, 3), format));
  }

  void table(String name, String... lines) {
    ImageFiles.write(root.resolve(name), String.join("\n", lines) + "\n");
  }

  void list(String... lines) {
    ImageFiles.write(root.resolve("metadata.jsonl"), String.join("\n", lines) + "\n");
  }
}
