package io.github.iaa4j.diffusion;

import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Path;

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
}
