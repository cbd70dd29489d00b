package io.github.iaa4j.core.dataset;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The classes of a data set in order, without background, and what stands for each of them in its
 * mask files. Every reader takes its classes through here.
 *
 * <p>A data set in VOC's layout may state them in one of four files, the first of which counts:
 *
 * <pre>
 * classes.txt         one class a line, as {@link VocWriter} writes it
 * labelmap.txt        "name:r,g,b:parts:actions" a line, as CVAT and Datumaro write it
 * class_names.txt     one class a line, as labelme writes it
 * dataset_meta.json   {"label_map": {"0": "background", "1": "cat"}}, as Datumaro writes it
 * </pre>
 */
final class ClassList {

  static final String CLASSES_FILE = "classes.txt";

  /** Names of background without what parts their words; the last is that of Caltech 101. */
  private static final Set<String> BACKGROUND = Set.of("background", "bg", "backgroundgoogle");

  /** Names of what belongs to nothing; in masks such a name has an index of its own. */
  private static final Set<String> VOID = Set.of("void", "ignore", "unlabeled", "unlabelled");

  /** What labelme writes before its classes; its masks have no index for it. */
  private static final String IGNORED = "__ignore__";

  /** The colour of void in the masks of VOC. */
  private static final int VOID_COLOUR = 0xe0e0c0;

  private final List<String> names;
  private final int[] stored;
  private final int highest;
  private final Map<Integer, Integer> colours;

  private ClassList(List<String> names, int[] stored, int highest, Map<Integer, Integer> colours) {
    this.names = List.copyOf(names);
    this.stored = stored;
    this.highest = highest;
    this.colours = Map.copyOf(colours);
  }

  /** Classes without masks, or whose masks hold index k + 1 for class k. */
  static ClassList numbered(List<String> names) {
    int[] stored = IntStream.rangeClosed(1, names.size()).toArray();
    return new ClassList(names, stored, names.size(), Map.of());
  }

  /** Index 1 is the first entry; entries that are void have an index and are no class. */
  private static ClassList ofEntries(
      Path file, List<String> entries, Map<Integer, Integer> colours) {
    List<String> names = new ArrayList<>();
    List<Integer> stored = new ArrayList<>();
    for (int i = 0; i < entries.size(); i++) {
      if (!VOID.contains(plain(entries.get(i)))) {
        names.add(entries.get(i));
        stored.add(i + 1);
      }
    }
    requireClasses(file, null, names);
    return new ClassList(
        names,
        stored.stream().mapToInt(Integer::intValue).toArray(),
        Math.min(entries.size(), LabelMask.MAX_CLASSES),
        colours);
  }

  /** Classes whose masks hold VOC's own indices where all names are VOC's, or else k + 1. */
  static ClassList ofVoc(List<String> names) {
    List<String> voc = VocDataset.CLASS_NAMES;
    if (!voc.containsAll(names)) {
      return numbered(names);
    }
    int[] stored = names.stream().mapToInt(name -> 1 + voc.indexOf(name)).toArray();
    return new ClassList(names, stored, voc.size(), Map.of());
  }

  /** Whether a name is what annotation tools call the pixels of no class: background or void. */
  static boolean isBackground(String name) {
    return BACKGROUND.contains(plain(name)) || VOID.contains(plain(name));
  }

  private static String plain(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[\\s_-]", "");
  }

  /**
   * What keeps names from being the classes of a data set, or null where nothing does.
   *
   * @param names in order, without background
   */
  static @Nullable String problem(List<String> names) {
    if (names.isEmpty() || names.size() > LabelMask.MAX_CLASSES) {
      return "has "
          + names.size()
          + " classes, but 1 to "
          + LabelMask.MAX_CLASSES
          + " are needed, each once and background not among them, so that a mask of one byte a"
          + " pixel can tell them apart";
    }
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (!ListFile.fitsALine(name)) {
        return "has the class "
            + ListFile.quoted(name)
            + ", but a class name is plain text without space around; rename it";
      }
      if (name.matches("[-+]?[0-9.]+")) {
        return "has the class "
            + ListFile.quoted(name)
            + ", a number, but prompts need names; write the name of each class in its place";
      }
      if (isBackground(name)) {
        return "has the class "
            + ListFile.quoted(name)
            + ", but background is not a class: it is what no class covers; leave it out";
      }
      if (!seen.add(name)) {
        return "has the class " + ListFile.quoted(name) + " twice; name each once";
      }
    }
    return null;
  }

  /**
   * Checks classes that a program names.
   *
   * @throws ConfigurationException if they cannot be the classes of a data set
   */
  static List<String> requireClasses(List<String> names) {
    String problem = problem(names);
    if (problem != null) {
      throw new ConfigurationException("classNames " + names + ": " + problem);
    }
    return List.copyOf(names);
  }

  /**
   * Checks classes that were found in a data set.
   *
   * @throws DatasetException if they cannot be its classes
   */
  static List<String> requireClasses(Path file, @Nullable String field, List<String> names) {
    String problem = problem(names);
    if (problem != null) {
      throw new DatasetException(file, field, problem, null);
    }
    return List.copyOf(names);
  }

  /**
   * The classes that a file in a data set's folder states.
   *
   * @throws DatasetException if the file cannot be read as what its name says
   */
  static Optional<ClassList> find(Path root) {
    Path classes = root.resolve(CLASSES_FILE);
    if (Files.exists(classes)) {
      return Optional.of(lines(classes, true));
    }
    Path labelmap = root.resolve("labelmap.txt");
    if (Files.exists(labelmap)) {
      return Optional.of(labelmap(labelmap));
    }
    Path labelme = root.resolve("class_names.txt");
    if (Files.exists(labelme)) {
      return Optional.of(lines(labelme, false));
    }
    Path meta = root.resolve("dataset_meta.json");
    if (Files.exists(meta)) {
      return Optional.of(datumaro(meta));
    }
    return Optional.empty();
  }

  private static ClassList lines(Path file, boolean vocIndices) {
    List<String> entries = new ArrayList<>();
    boolean first = true;
    for (String line : ListFile.lines(file)) {
      if (line.isEmpty() || line.equals(IGNORED)) {
        continue;
      }
      if (!BACKGROUND.contains(plain(line))) {
        entries.add(line);
      } else if (!first) {
        // Somewhere else it would shift the indices of some classes and not of others.
        throw new DatasetException(
            file,
            null,
            "names "
                + ListFile.quoted(line)
                + " after a class, but index 0 of a mask is background; put it first, or leave it"
                + " out",
            null);
      }
      first = false;
    }
    ClassList numbered = ofEntries(file, entries, Map.of());
    return vocIndices && VocDataset.CLASS_NAMES.containsAll(numbered.names)
        ? ofVoc(numbered.names)
        : numbered;
  }

  /** Background comes first, wherever its line stands: that is how both tools number masks. */
  private static ClassList labelmap(Path file) {
    List<String> entries = new ArrayList<>();
    Map<Integer, Integer> colours = new HashMap<>();
    boolean hasBackground = false;
    List<String> lines = ListFile.lines(file);
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isEmpty() || line.startsWith("#")) {
        continue;
      }
      String[] columns = line.split(":", -1);
      String name = columns[0].strip();
      boolean black = columns.length > 1 && columns[1].replace(" ", "").equals("0,0,0");
      int index = 0;
      if (BACKGROUND.contains(plain(name)) || (black && !hasBackground)) {
        hasBackground = true;
      } else {
        entries.add(name);
        index = entries.size();
      }
      if (columns.length > 1 && !columns[1].isBlank()) {
        colours.put(colour(file, "line " + (i + 1), columns[1]), index);
      }
    }
    return ofEntries(file, entries, colours);
  }

  private static int colour(Path file, String line, String text) {
    int[] channels;
    try {
      channels =
          Arrays.stream(text.split(",", -1))
              .map(String::strip)
              .mapToInt(Integer::parseInt)
              .toArray();
    } catch (NumberFormatException e) {
      channels = new int[0];
    }
    if (channels.length != 3 || Arrays.stream(channels).anyMatch(c -> c < 0 || c > 255)) {
      throw new DatasetException(
          file,
          line,
          "must be name:r,g,b:parts:actions with a colour of three numbers from 0 to 255, or none,"
              + " but the colour is "
              + ListFile.quoted(text),
          null);
    }
    return channels[0] << 16 | channels[1] << 8 | channels[2];
  }

  private static ClassList datumaro(Path file) {
    JsonObject meta = JsonText.object(file, null, ListFile.text(file));
    SortedMap<Integer, String> byIndex = new TreeMap<>();
    if (meta.get("label_map") instanceof JsonObject labelMap) {
      for (Map.Entry<String, JsonElement> entry : labelMap.entrySet()) {
        if (!entry.getKey().matches("\\d{1,3}") || !JsonText.isString(entry.getValue())) {
          throw malformedMeta(file, "label_map");
        }
        byIndex.put(Integer.parseInt(entry.getKey()), entry.getValue().getAsString().strip());
      }
    } else if (meta.get("labels") instanceof JsonArray labels) {
      for (JsonElement label : labels) {
        if (!JsonText.isString(label)) {
          throw malformedMeta(file, "labels");
        }
        byIndex.put(byIndex.size(), label.getAsString().strip());
      }
      if (byIndex.values().stream().noneMatch(name -> BACKGROUND.contains(plain(name)))) {
        SortedMap<Integer, String> shifted = new TreeMap<>();
        byIndex.forEach((index, name) -> shifted.put(index + 1, name));
        byIndex = shifted;
      }
    } else {
      throw malformedMeta(file, "label_map");
    }
    Map<Integer, Integer> colours = new HashMap<>();
    if (meta.get("segmentation_colors") instanceof JsonArray palette) {
      List<Integer> indices = List.copyOf(byIndex.keySet());
      for (int i = 0; i < Math.min(palette.size(), indices.size()); i++) {
        String field = "segmentation_colors[" + i + "]";
        String text = palette.get(i).toString().replaceAll("[\\[\\]]", "");
        colours.put(colour(file, field, text), indices.get(i));
      }
    }
    List<String> names = new ArrayList<>();
    List<Integer> stored = new ArrayList<>();
    for (Map.Entry<Integer, String> entry : byIndex.entrySet()) {
      if (isBackground(entry.getValue())) {
        int index = entry.getKey();
        int instead = BACKGROUND.contains(plain(entry.getValue())) ? 0 : LabelMask.VOID;
        colours.replaceAll((colour, of) -> of == index ? instead : of);
      } else {
        names.add(entry.getValue());
        stored.add(entry.getKey());
      }
    }
    requireClasses(file, "label_map", names);
    int[] indices = stored.stream().mapToInt(Integer::intValue).toArray();
    if (indices[0] == 0 || indices[indices.length - 1] >= LabelMask.VOID) {
      throw new DatasetException(
          file,
          "label_map",
          "must number the classes from 1 to "
              + LabelMask.MAX_CLASSES
              + ", because index 0 of a mask is background and 255 void",
          null);
    }
    return new ClassList(
        names, indices, Math.min(byIndex.lastKey(), LabelMask.MAX_CLASSES), colours);
  }

  private static DatasetException malformedMeta(Path file, String field) {
    return new DatasetException(
        file,
        field,
        "must map each index of the masks to a class name, such as {\"0\": \"background\", \"1\":"
            + " \"cat\"}",
        null);
  }

  /** The classes, without background. */
  List<String> names() {
    return names;
  }

  /** The index of each class in the mask files, in the order of {@link #names}. */
  int[] storedIndices() {
    return stored.clone();
  }

  /**
   * What a stored index means in the order of {@link #names}: 0 for background, k + 1 for class k,
   * {@link LabelMask#VOID} for void and for indices that are no class of the list, -1 for nothing.
   * 256 of them.
   */
  int[] ownIndices() {
    int[] own = new int[LabelMask.VOID + 1];
    Arrays.fill(own, -1);
    Arrays.fill(own, 1, highestIndex() + 1, LabelMask.VOID);
    own[0] = 0;
    own[LabelMask.VOID] = LabelMask.VOID;
    for (int k = 0; k < stored.length; k++) {
      own[stored[k]] = k + 1;
    }
    return own;
  }

  /** The highest index that a mask file may hold beside void. */
  int highestIndex() {
    return highest;
  }

  /** From a colour, 0xRRGGBB, to the stored index; empty where the list states no colours. */
  Map<Integer, Integer> colours() {
    if (colours.isEmpty()) {
      return colours;
    }
    Map<Integer, Integer> all = new HashMap<>(colours);
    all.putIfAbsent(0, 0);
    all.putIfAbsent(VOID_COLOUR, LabelMask.VOID);
    return all;
  }
}
