package io.github.iaa4j.diffusion;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The fixtures that tools/goldens made with diffusers. */
public final class Golden {

  private Golden() {}

  /** A file or folder of the fixtures. */
  public static Path path(String name) {
    URL url = Golden.class.getResource("/golden/" + name);
    if (url == null) {
      throw new AssertionError("no golden fixture " + name);
    }
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }

  /** Copies a folder of the fixtures, for tests that change files in it. */
  public static void copy(String name, Path target) throws IOException {
    Path source = path(name);
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path copy = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy);
        }
      }
    }
  }
}
