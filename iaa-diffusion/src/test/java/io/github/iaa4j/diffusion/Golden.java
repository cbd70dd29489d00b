package io.github.iaa4j.diffusion;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
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

  /** Copies a folder of the fixtures, over files that are there, for tests that change some. */
  public static void copy(String name, Path target) throws IOException {
    Path source = path(name);
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path copy = target.resolve(source.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(copy);
        } else {
          Files.copy(file, copy, StandardCopyOption.REPLACE_EXISTING);
        }
      }
    }
  }

  /** Lays folders of the fixtures over one another: each holds what sets it apart from the last. */
  public static Path layers(Path target, String... names) throws IOException {
    for (String name : names) {
      copy(name, target);
    }
    return target;
  }

  /** A tiny Stable Diffusion 2, which predicts v. */
  public static Path sd2(Path target) throws IOException {
    return layers(target, "tiny-sd", "tiny-clip", "tiny-sd2");
  }

  /** A tiny SDXL. */
  public static Path xl(Path target) throws IOException {
    return layers(target, "tiny-sd", "tiny-clip", "tiny-sdxl");
  }

  /** A tiny SDXL with EDM's preconditioning and scaled latents, as Playground v2.5 is. */
  public static Path playground(Path target) throws IOException {
    return layers(target, "tiny-sd", "tiny-clip", "tiny-sdxl", "tiny-playground");
  }

  /** A tiny latent consistency model. */
  public static Path lcm(Path target) throws IOException {
    return layers(target, "tiny-sd", "tiny-clip", "tiny-sd2", "tiny-lcm");
  }

  /** The largest absolute difference of two arrays. */
  static double maxDifference(Npy one, Npy other) {
    double apart = 0;
    for (int i = 0; i < one.values().length; i++) {
      apart = Math.max(apart, Math.abs(one.values()[i] - other.values()[i]));
    }
    return apart;
  }

  /** Peak signal-to-noise ratio of two images in [0, 1], in dB. */
  static double psnr(Npy one, Npy other) {
    double squares = 0;
    for (int i = 0; i < one.values().length; i++) {
      double apart = one.values()[i] - other.values()[i];
      squares += apart * apart;
    }
    return -10 * Math.log10(squares / one.values().length);
  }
}
