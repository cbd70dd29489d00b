package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The lists {@code ImageSets/Main/<class>_<split>.txt}: which images have a class. */
final class VocClassLists {

  /** An id may hold spaces itself. */
  private static final Pattern ID_AND_VALUE = Pattern.compile("(.*\\S)\\s+(-1|0|1)");

  /** What a list of ids alone, such as {@code photo (1)}, does not look like. */
  private static final Pattern TWO_COLUMNS = Pattern.compile(".*\\S\\s+[-+]?\\d+");

  private final Set<String> ids;
  private final Map<String, BitSet> labels = new HashMap<>();

  /**
   * Reads the lists of the split and, for images that it leaves open, those of other splits.
   *
   * @param ids the images of the split
   */
  VocClassLists(Path root, String split, List<String> classNames, Set<String> ids) {
    this.ids = ids;
    for (int k = 0; k < classNames.size(); k++) {
      Set<String> decided = new LinkedHashSet<>();
      for (String listed : splits(split)) {
        Path file = folder(root).resolve(fileName(classNames.get(k), listed));
        if (Files.exists(file)) {
          read(file, k, decided);
        }
      }
    }
  }

  /** The name of a class's list. Some data sets have classes such as {@code Bowl/Basin}. */
  static String fileName(String className, String split) {
    return className.replaceAll("[\\p{Cntrl}/\\\\:*?\"<>|]", "_") + "_" + split + ".txt";
  }

  /** The classes of an image, or nothing if no list names it. */
  Optional<BitSet> labels(String id) {
    return Optional.ofNullable(labels.get(id));
  }

  /** The classes that have a list, in alphabetical order. */
  static Set<String> classNames(Path root, String split) {
    Set<String> names = new TreeSet<>();
    Path folder = folder(root);
    if (!Files.isDirectory(folder)) {
      return names;
    }
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.txt")) {
      for (Path file : files) {
        String fault = FileNames.fault(file.toString());
        if (fault != null) {
          throw new DatasetException(file, null, fault, null);
        }
        String name = file.getFileName().toString().replaceFirst("\\.txt$", "");
        for (String listed : splits(split)) {
          String end = "_" + listed;
          // Lists of ids alone, such as my_train.txt, may be there as well.
          if (name.length() > end.length() && name.endsWith(end) && hasTwoColumns(file)) {
            names.add(name.substring(0, name.length() - end.length()));
            break;
          }
        }
      }
    } catch (IOException | DirectoryIteratorException e) {
      throw new DatasetException(
          folder, null, "cannot be listed (" + e.getMessage() + "); check its permissions", e);
    }
    return names;
  }

  private void read(Path file, int classIndex, Set<String> decided) {
    List<String> lines = ListFile.lines(file);
    Set<String> inFile = new LinkedHashSet<>();
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        continue;
      }
      Matcher columns = ID_AND_VALUE.matcher(lines.get(i));
      if (!columns.matches() || isThreeColumns(columns.group(1))) {
        throw new DatasetException(
            file,
            "line " + (i + 1),
            "a line of a class list is an image id and 1, -1 or 0, but this one is "
                + ListFile.quoted(lines.get(i))
                + "; fix it",
            null);
      }
      String id = columns.group(1);
      if (!inFile.add(id)) {
        throw new DatasetException(
            file, "line " + (i + 1), "the id " + id + " was listed before; remove one line", null);
      }
      if (decided.add(id)) {
        BitSet classes = labels.computeIfAbsent(id, ignored -> new BitSet());
        classes.set(classIndex, !columns.group(2).equals("-1"));
      }
    }
  }

  /** What looks like an id and a value before the value, and is no image's id, is a fault. */
  private boolean isThreeColumns(String id) {
    return ID_AND_VALUE.matcher(id).matches() && !ids.contains(id);
  }

  private static boolean hasTwoColumns(Path file) throws IOException {
    // There may be sixty lists of ten thousand lines, and labels may not come from them at all.
    // No Files.lines: an interrupt would close its channel, and look like a list of no labels.
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      return reader
          .lines()
          .map(String::strip)
          .filter(line -> !line.isEmpty())
          .findFirst()
          .filter(line -> TWO_COLUMNS.matcher(line).matches())
          .isPresent();
    } catch (UncheckedIOException e) {
      // Bytes that are no text. If the list is one of labels, reading them reports it.
      return false;
    }
  }

  private static Path folder(Path root) {
    return root.resolve("ImageSets").resolve("Main");
  }

  private static Set<String> splits(String first) {
    Set<String> splits = new LinkedHashSet<>();
    splits.add(first);
    splits.addAll(List.of("train", "val", "trainval", "test"));
    return splits;
  }
}
