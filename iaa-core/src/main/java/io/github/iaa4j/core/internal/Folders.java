package io.github.iaa4j.core.internal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What is done to whole folders. Links in them are never followed. */
public final class Folders {

  private Folders() {}

  /**
   * Deletes a folder and all that is in it, or a file; nothing where it does not exist. What
   * another process deletes meanwhile is no error.
   */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> found;
    try (Stream<Path> walk = Files.walk(folder)) {
      found = walk.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path path : found) {
      Files.deleteIfExists(path);
    }
  }

  /**
   * Puts a folder that was written under another name in its place, in one step. An earlier folder
   * there is deleted first.
   *
   * @param written on the same file system as {@code folder}; gone afterwards
   */
  public static void replace(Path folder, Path written) throws IOException {
    delete(folder);
    Files.move(written, folder, StandardCopyOption.ATOMIC_MOVE);
  }
}
