package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Finds the file that a list means, which may have left out the extension or the folder. */
final class ListedImages {

  private final Path root;
  private final Path list;
  private final FolderTree tree;
  private @Nullable Map<String, List<String>> byStem;
  private @Nullable Map<String, List<String>> composed;
  private @Nullable Map<String, List<String>> lastParts;

  /**
   * @param root what the names in the list are relative to
   * @param list for messages
   */
  ListedImages(Path root, Path list, FolderTree tree) {
    this.root = root;
    this.list = list;
    this.tree = tree;
  }

  /**
   * The name of an image, relative to the root.
   *
   * @throws DatasetException if there is none, or it could be one of several
   */
  String find(String listed) {
    if (tree.images().contains(listed) || Files.isRegularFile(root.resolve(listed))) {
      return listed;
    }
    if (byStem == null || composed == null || lastParts == null) {
      byStem = byName(RelativePath::withoutExtension);
      composed = byName(RelativePath::composed);
      lastParts = byName(ListedImages::lastPart);
      byName(name -> RelativePath.withoutExtension(lastPart(name))).forEach(lastParts::putIfAbsent);
    }
    List<String> same = composed.getOrDefault(RelativePath.composed(listed), List.of());
    if (same.size() == 1) {
      return same.get(0);
    }
    List<String> meant = byStem.getOrDefault(listed, List.of());
    if (meant.size() == 1) {
      return meant.get(0);
    }
    List<String> below = lastParts.getOrDefault(listed, List.of());
    if (below.size() == 1) {
      return below.get(0);
    }
    throw missing(listed);
  }

  private DatasetException missing(String listed) {
    String stem = RelativePath.withoutExtension(listed);
    String elsewhere =
        tree.images().stream()
            .filter(
                name ->
                    RelativePath.withoutExtension(name).equals(stem)
                        || name.endsWith("/" + listed)
                        || RelativePath.withoutExtension(name).endsWith("/" + stem)
                        || name.equalsIgnoreCase(listed))
            .findFirst()
            .map(name -> "; " + name + " is there, so write that name in the list, or move it")
            .orElse("; copy it, or remove the line");
    return new DatasetException(
        root.resolve(listed),
        null,
        (Files.isDirectory(root.resolve(listed)) ? "is a folder" : "there is no such file")
            + ", but "
            + list
            + " lists it"
            + elsewhere,
        null);
  }

  /** Names of the images, by what a list may call them: without extension, in another case. */
  private Map<String, List<String>> byName(UnaryOperator<String> called) {
    Map<String, List<String>> names = new HashMap<>();
    for (String image : tree.images()) {
      names.computeIfAbsent(called.apply(image), ignored -> new ArrayList<>()).add(image);
    }
    return names;
  }

  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('/') + 1);
  }
}
