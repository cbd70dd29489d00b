package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The images of one folder, such as {@code JPEGImages}. VOC's own end in {@code .jpg}; tools and
 * cameras also write {@code .JPG}, {@code .jpeg} or {@code .png}, and those are found too.
 */
final class VocImageFiles {

  private final Path folder;
  private @Nullable Map<String, NavigableSet<String>> byStem;

  VocImageFiles(Path root) {
    this(root, "JPEGImages");
  }

  /**
   * @param folder the folder's path from the root; may be empty, for the root itself
   */
  VocImageFiles(Path root, String folder) {
    this.folder = root.resolve(folder);
  }

  /** The file that VOC's layout has for an id. */
  Path usual(String id) {
    return folder.resolve(id + ".jpg");
  }

  /** The file of an image, or null if there is none that is read. */
  @Nullable Path find(String id) {
    Path usual = usual(id);
    return Files.isRegularFile(usual) ? usual : onlyImage(usual, id);
  }

  /**
   * The one image whose name without its extension is an id, or null if there is none that is read.
   *
   * @param wanted the file that is missing
   * @throws DatasetException if there are several
   */
  @Nullable Path onlyImage(Path wanted, String id) {
    NavigableSet<String> names = byStem().get(id);
    if (names == null) {
      return null;
    }
    List<String> images = names.stream().filter(ImageFile::hasImageExtension).toList();
    if (images.size() > 1) {
      throw new DatasetException(
          wanted,
          null,
          "there is no such file, but "
              + String.join(" and ", images)
              + " are; remove all but one of them",
          null);
    }
    return images.isEmpty() ? null : folder.resolve(images.get(0));
  }

  /** The id in a line that names a file, extension and all; null where it names none. */
  @Nullable String idOfFile(String line) {
    return ImageFile.hasImageExtension(line) && Files.isRegularFile(folder.resolve(line))
        ? RelativePath.withoutExtension(line)
        : null;
  }

  /** What is there in place of a missing image, as a remedy. */
  String instead(String id) {
    return similar(id).orElse("copy the image, or remove its id from the list");
  }

  /** A file that has the name of a missing image but for its extension or case, as a remedy. */
  Optional<String> similar(String id) {
    NavigableSet<String> sameStem = byStem().get(id);
    if (sameStem != null) {
      return Optional.of(
          "there is "
              + String.join(", ", sameStem)
              + "; read are "
              + ImageFile.formats()
              + ", so convert it");
    }
    return byStem().entrySet().stream()
        .filter(entry -> entry.getKey().equalsIgnoreCase(id))
        .map(entry -> "there is " + entry.getValue().first() + "; write its name as it is")
        .min(Comparator.naturalOrder());
  }

  private Map<String, NavigableSet<String>> byStem() {
    if (byStem == null) {
      Map<String, NavigableSet<String>> found = new HashMap<>();
      try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
        for (Path file : files) {
          String fault = FileNames.fault(file.toString());
          if (fault != null) {
            throw new DatasetException(file, null, fault, null);
          }
          String name = String.valueOf(file.getFileName());
          if (!FolderTree.isSystemName(name) && Files.isRegularFile(file)) {
            found
                .computeIfAbsent(RelativePath.withoutExtension(name), ignored -> new TreeSet<>())
                .add(name);
          }
        }
      } catch (IOException | DirectoryIteratorException e) {
        throw new DatasetException(
            folder, null, "cannot be listed (" + e.getMessage() + "); check its permissions", e);
      }
      byStem = found;
    }
    return byStem;
  }
}
