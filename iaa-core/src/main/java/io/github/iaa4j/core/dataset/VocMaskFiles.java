package io.github.iaa4j.core.dataset;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The masks of a VOC data set, as they are when it is opened: {@code SegmentationClass/<id>.png},
 * or {@code SegmentationClassPNG/<id>.png} where older labelme keeps arrays in {@code
 * SegmentationClass}.
 */
final class VocMaskFiles {

  private final Path usual;
  private final Path ofLabelme;
  private final NavigableSet<String> usualNames;
  private final NavigableSet<String> namesOfLabelme;

  VocMaskFiles(Path root) {
    usual = root.resolve("SegmentationClass");
    ofLabelme = root.resolve("SegmentationClassPNG");
    usualNames = names(usual);
    namesOfLabelme = names(ofLabelme);
  }

  private static NavigableSet<String> names(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> String.valueOf(file.getFileName()))
          .collect(Collectors.toCollection(TreeSet::new));
    } catch (IOException | UncheckedIOException e) {
      // There are no masks then, which an evaluation says.
      return new TreeSet<>();
    }
  }

  /** The mask of an image, or null if there is none. */
  @Nullable Path find(String id) {
    for (String name : List.of(id + ".png", id + ".PNG")) {
      if (usualNames.contains(name)) {
        return usual.resolve(name);
      }
    }
    String name = id + ".png";
    return namesOfLabelme.contains(name) ? ofLabelme.resolve(name) : null;
  }

  /** What is in {@code SegmentationClass}, but for the system's own files, in its order. */
  List<String> names() {
    return usualNames.stream().filter(name -> !FolderTree.isSystemName(name)).toList();
  }
}
