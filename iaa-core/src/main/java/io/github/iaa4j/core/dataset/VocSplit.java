package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The list of a split, {@code ImageSets/Segmentation/<split>.txt}, and the images that it names.
 */
final class VocSplit {

  private static final Pattern TWO_COLUMNS = Pattern.compile(".*\\S\\s+[-+]?[01]");

  private final Path list;
  private final VocImageFiles folder;

  /**
   * Finds the list of a split.
   *
   * @throws DatasetException if there is none
   */
  VocSplit(Path root, String split) {
    this.list = list(root, split);
    this.folder = new VocImageFiles(root);
  }

  /** The file of the list. */
  Path list() {
    return list;
  }

  /**
   * The file of each image, by id, in the order of the list.
   *
   * @throws DatasetException if a line is malformed, an id occurs twice or its image is missing
   */
  Map<String, Path> images() {
    Map<String, Path> images = new LinkedHashMap<>();
    List<String> lines = ListFile.lines(list);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        continue;
      }
      String line = "line " + (i + 1);
      Listed listed = listed(lines.get(i), line);
      if (images.put(listed.id(), listed.file()) != null) {
        throw new DatasetException(
            list,
            line,
            "the id " + listed.id() + " was listed before; remove one of the lines",
            null);
      }
    }
    if (images.isEmpty()) {
      throw new DatasetException(list, null, "lists no image; a split has one id a line", null);
    }
    return images;
  }

  private record Listed(String id, Path file) {}

  private Listed listed(String text, String line) {
    String fault = FileNames.fault(text);
    if (fault != null) {
      throw new DatasetException(list, line, fault, null);
    }
    boolean isName = !text.contains("/") && RelativePath.staysInside(text);
    String id = text;
    Path file = isName ? folder.find(text) : null;
    String ofFile = isName && file == null ? folder.idOfFile(text) : null;
    if (ofFile != null) {
      id = ofFile;
      file = folder.find(ofFile);
    }
    if (!isName || (file == null && TWO_COLUMNS.matcher(text).matches())) {
      throw new DatasetException(
          list,
          line,
          ListFile.quoted(text)
              + " is not an image id: a line holds one file name of JPEGImages without .jpg, no path"
              + " and no second column; fix the line",
          null);
    }
    if (file == null) {
      throw new DatasetException(
          folder.usual(id),
          null,
          "there is no such file, but " + list + " lists it; " + folder.instead(id),
          null);
    }
    return new Listed(id, file);
  }

  private static Path list(Path root, String split) {
    Path segmentation = root.resolve("ImageSets/Segmentation").resolve(split + ".txt");
    Path main = root.resolve("ImageSets/Main").resolve(split + ".txt");
    if (Files.exists(segmentation)) {
      return segmentation;
    }
    if (Files.exists(main)) {
      return main;
    }
    if (!Files.isDirectory(root.resolve("JPEGImages"))) {
      throw new DatasetException(
          root,
          null,
          "is not a VOC data set: it has no folder JPEGImages; give the folder that holds it, such as"
              + " VOCdevkit/VOC2012",
          null);
    }
    throw new DatasetException(
        segmentation,
        null,
        "there is no split \""
            + split
            + "\" here or in "
            + main
            + "; give one that there is"
            + splitsThere(root),
        null);
  }

  private static String splitsThere(Path root) {
    Set<String> splits = new TreeSet<>();
    for (String folder : List.of("ImageSets/Segmentation", "ImageSets/Main")) {
      try (Stream<Path> files = Files.list(root.resolve(folder))) {
        files
            .map(file -> String.valueOf(file.getFileName()))
            .filter(name -> name.endsWith(".txt") && name.indexOf('_') < 0)
            .map(RelativePath::withoutExtension)
            .forEach(splits::add);
      } catch (IOException | UncheckedIOException e) {
        // The message can do without.
      }
    }
    return splits.isEmpty() ? "" : ", such as " + String.join(", ", splits);
  }
}
