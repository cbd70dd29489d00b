package io.github.iaa4j.core.dataset;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * A file that lists images with their labels: JSON lines, or a table of comma-separated values.
 *
 * @param file the list
 * @param labels from an image's name, relative to the list's folder, to its labels; in the file's
 *     order
 * @param classNames the classes where the list states them, as the columns of a table do; else
 *     empty
 */
record LabelFile(Path file, Map<String, Set<String>> labels, List<String> classNames) {

  /** Names of lists, the first of which counts. The last two are Roboflow's and our own. */
  private static final List<String> NAMES =
      List.of("metadata.jsonl", "metadata.csv", "_classes.csv", "labels.csv");

  /** The first of these that a table has; an id may be a number beside the file's name. */
  private static final List<String> FILE_COLUMNS =
      List.of(
          "file_name",
          "filename",
          "filenames",
          "file_path",
          "filepath",
          "filepaths",
          "image_path",
          "imagepath",
          "img_path",
          "path",
          "file",
          "image_name",
          "image",
          "img",
          "image_id",
          "imageid",
          "id");

  private static final List<String> LABEL_COLUMNS =
      List.of(
          "label",
          "labels",
          "class",
          "classes",
          "class_name",
          "category",
          "categories",
          "tag",
          "tags");

  private static final Set<String> SPLIT_COLUMNS =
      Set.of("split", "set", "subset", "data_set", "dataset", "partition");

  /** More words than a class's name has: a caption. */
  private static final int MAX_WORDS = 6;

  private static final String INSTEAD =
      "; or rename this file, if the folders beside it are the classes";

  private static final Pattern NO_NAME =
      Pattern.compile("[-+]?[0-9.]+|nan|null", Pattern.CASE_INSENSITIVE);

  private static final Set<String> YES = Set.of("1", "1.0", "true");
  private static final Set<String> NO = Set.of("0", "0.0", "false", "");

  /** The list in a folder, where there is one. */
  static Optional<Path> in(Path folder) {
    return NAMES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
  }

  /** Whether a file's name is that of a list, whatever stands before its extension. */
  static boolean isList(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.endsWith(".csv") || lower.endsWith(".tsv") || lower.endsWith(".jsonl");
  }

  /**
   * Reads a list.
   *
   * @throws DatasetException if it is malformed or names a file that is not there
   */
  static LabelFile read(Path file) {
    LabelFile read =
        file.toString().toLowerCase(Locale.ROOT).endsWith(".jsonl") ? jsonLines(file) : table(file);
    Set<String> labels = new LinkedHashSet<>();
    read.labels.values().forEach(labels::addAll);
    for (String label : labels) {
      if (NO_NAME.matcher(label).matches()) {
        throw new DatasetException(
            file,
            null,
            "has the label "
                + ListFile.quoted(label)
                + ", a number or nothing, but prompts need names; write the name of each class in"
                + " its place"
                + INSTEAD,
            null);
      }
      if (label.split("\\s+").length > MAX_WORDS) {
        throw new DatasetException(
            file,
            null,
            "has the label "
                + ListFile.quoted(label)
                + ", which is a sentence rather than the name of a class; give a column of labels",
            null);
      }
    }
    refuseLabelsWithSpacesBetween(file, labels);
    return read;
  }

  /** Lists of words in one field have few words and many combinations; names do not. */
  private static void refuseLabelsWithSpacesBetween(Path file, Set<String> labels) {
    Set<String> words = new LinkedHashSet<>();
    long combined = 0;
    for (String label : labels) {
      List<String> ofLabel = List.of(label.split("\\s+"));
      words.addAll(ofLabel);
      combined += ofLabel.size() > 1 ? 1 : 0;
    }
    if (2 * combined > labels.size() && words.size() < labels.size()) {
      throw new DatasetException(
          file,
          null,
          "has labels that look like several in one, such as "
              + ListFile.quoted(labels.stream().filter(l -> l.contains(" ")).findFirst().orElse(""))
              + "; put | between the labels of an image",
          null);
    }
  }

  private static LabelFile jsonLines(Path file) {
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    List<String> lines = ListFile.lines(file);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        continue;
      }
      String line = "line " + (i + 1);
      JsonObject entry = JsonText.object(file, line, lines.get(i));
      JsonElement name = entry.get("file_name");
      String fileName = JsonText.isString(name) ? name.getAsString().replace('\\', '/') : "";
      requireInside(
          file,
          line + ", file_name",
          fileName,
          JsonText.isString(name) ? fileName : String.valueOf(name));
      Set<String> ofImage = new LinkedHashSet<>();
      JsonElement stated = entry.has("labels") ? entry.get("labels") : entry.get("label");
      if (JsonText.isString(stated)) {
        ofImage.add(stated.getAsString().strip());
      } else if (stated instanceof JsonArray names
          && names.asList().stream().allMatch(JsonText::isString)) {
        names.forEach(label -> ofImage.add(label.getAsString()));
      } else {
        throw new DatasetException(
            file,
            line + ", labels",
            "must be a list of class names, such as [\"cat\", \"person\"]; add it (the keys are "
                + entry.keySet()
                + ")",
            null);
      }
      if (labels.put(fileName, ofImage) != null) {
        throw new DatasetException(
            file,
            line + ", file_name",
            ListFile.quoted(fileName) + " was listed before; take one line out",
            null);
      }
    }
    return new LabelFile(file, labels, List.of());
  }

  private static LabelFile table(Path file) {
    List<CsvRecord> rows = rows(file);
    if (rows.isEmpty()) {
      throw new DatasetException(
          file, null, "is empty; its first line names the columns, such as file_name,labels", null);
    }
    CsvRecord first = rows.get(0);
    if (ImageFile.hasImageExtension(first.getField(0).strip())) {
      return oneLabelAColumn(file, rows);
    }
    List<String> columns = first.getFields().stream().map(String::strip).toList();
    rows = rows.subList(1, rows.size());
    refuseSplits(file, columns, rows);
    int fileColumn = column(columns, FILE_COLUMNS);
    if (fileColumn < 0) {
      throw new DatasetException(
          file,
          "line 1",
          "must name a column of files, such as file_name, but the columns are " + columns,
          null);
    }
    int labelColumn = column(columns, LABEL_COLUMNS);
    if (labelColumn < 0 && columns.size() == 2 && !isOneHot(rows, fileColumn)) {
      labelColumn = 1 - fileColumn;
    }
    if (labelColumn >= 0) {
      return labelsInAColumn(file, rows, fileColumn, labelColumn);
    }
    if (columns.size() > 1 && (isOneHot(rows, fileColumn) || file.endsWith("_classes.csv"))) {
      return oneColumnAClass(file, rows, fileColumn, columns);
    }
    throw new DatasetException(
        file,
        "line 1",
        "must name a column label or labels, or have a column of 0 and 1 for each class, but the"
            + " columns are "
            + columns
            + INSTEAD,
        null);
  }

  /** One table of all splits would train on the test images. */
  private static void refuseSplits(Path file, List<String> columns, List<CsvRecord> rows) {
    for (int i = 0; i < columns.size(); i++) {
      if (!SPLIT_COLUMNS.contains(plain(columns.get(i)))) {
        continue;
      }
      Set<String> splits = new TreeSet<>();
      for (CsvRecord row : rows) {
        if (i < row.getFieldCount()) {
          splits.add(row.getField(i).strip());
        }
      }
      if (splits.size() > 1) {
        throw new DatasetException(
            file,
            columns.get(i),
            "has images of several splits, "
                + ListFile.quoted(String.join(", ", splits))
                + "; write the rows of one split into a table of their own",
            null);
      }
    }
  }

  private static String plain(String column) {
    return column.toLowerCase(Locale.ROOT).replace(' ', '_');
  }

  private static List<CsvRecord> rows(Path file) {
    String text = ListFile.text(file);
    String header = text.lines().findFirst().orElse("").strip();
    char separator = ',';
    // Excel writes, and reads, a first line that names the separator.
    if (header.matches("(?i)\"?sep=.\"?")) {
      text = text.substring(text.indexOf('\n') + 1);
      header = text.lines().findFirst().orElse("");
    }
    for (char other : new char[] {';', '\t'}) {
      if (count(header, other) > count(header, separator)) {
        separator = other;
      }
    }
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .fieldSeparator(separator)
            .allowExtraFields(true)
            .allowMissingFields(true)
            .ofCsvRecord(text)) {
      return reader.stream()
          .filter(row -> row.getFields().stream().anyMatch(field -> !field.isBlank()))
          .toList();
    } catch (CsvParseException | IOException | UncheckedIOException e) {
      throw new DatasetException(
          file, null, "is not a table of comma-separated values: a quote is not closed; fix it", e);
    }
  }

  private static long count(String text, char wanted) {
    return text.chars().filter(c -> c == wanted).count();
  }

  /** The column of the first name that is there. */
  private static int column(List<String> columns, List<String> names) {
    List<String> plain = columns.stream().map(LabelFile::plain).toList();
    return names.stream().mapToInt(plain::indexOf).filter(i -> i >= 0).findFirst().orElse(-1);
  }

  private static boolean isOneHot(List<CsvRecord> rows, int fileColumn) {
    for (CsvRecord row : rows) {
      for (int i = 0; i < row.getFieldCount(); i++) {
        String value = row.getField(i).strip().toLowerCase(Locale.ROOT);
        if (i != fileColumn && !YES.contains(value) && !NO.contains(value)) {
          return false;
        }
      }
    }
    return true;
  }

  /** No header: a file, then its labels. */
  private static LabelFile oneLabelAColumn(Path file, List<CsvRecord> rows) {
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    for (CsvRecord row : rows) {
      Set<String> ofImage =
          labels.computeIfAbsent(fileName(file, row, 0), ignored -> new LinkedHashSet<>());
      for (int i = 1; i < row.getFieldCount(); i++) {
        ofImage.addAll(several(row.getField(i)));
      }
    }
    return new LabelFile(file, labels, List.of());
  }

  /** An image may have several rows, such as one for each of its objects. */
  private static LabelFile labelsInAColumn(
      Path file, List<CsvRecord> rows, int fileColumn, int labelColumn) {
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    for (CsvRecord row : rows) {
      labels
          .computeIfAbsent(fileName(file, row, fileColumn), ignored -> new LinkedHashSet<>())
          .addAll(several(field(file, row, labelColumn)));
    }
    return new LabelFile(file, labels, List.of());
  }

  private static LabelFile oneColumnAClass(
      Path file, List<CsvRecord> rows, int fileColumn, List<String> columns) {
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    for (CsvRecord row : rows) {
      Set<String> ofImage = new LinkedHashSet<>();
      for (int i = 0; i < columns.size(); i++) {
        if (i == fileColumn || columns.get(i).isEmpty()) {
          continue;
        }
        String value = field(file, row, i).strip().toLowerCase(Locale.ROOT);
        if (YES.contains(value)) {
          ofImage.add(columns.get(i));
        } else if (!NO.contains(value)) {
          throw new DatasetException(
              file,
              "line " + row.getStartingLineNumber() + ", " + columns.get(i),
              "must be 1 where the image shows the class and 0 where not, but is "
                  + ListFile.quoted(value),
              null);
        }
      }
      String fileName = fileName(file, row, fileColumn);
      if (labels.put(fileName, ofImage) != null) {
        throw new DatasetException(
            file,
            "line " + row.getStartingLineNumber(),
            ListFile.quoted(fileName) + " was listed before; take one line out",
            null);
      }
    }
    List<String> classNames = new ArrayList<>(columns);
    classNames.remove(fileColumn);
    classNames.removeIf(String::isEmpty); // A comma at the end of each line.
    return new LabelFile(file, labels, List.copyOf(classNames));
  }

  /**
   * The labels in one field: {@code cat}, {@code cat|dog}, {@code cat;dog} or {@code ['cat',
   * 'dog']}. A comma elsewhere belongs to a name, such as "tench, Tinca tinca".
   */
  private static List<String> several(String field) {
    String text = field.strip();
    String separators = "[|;]";
    if (text.startsWith("[") && text.endsWith("]")) {
      text = text.substring(1, text.length() - 1).replaceAll("['\"]", "");
      separators = "[|;,]";
    }
    List<String> labels = new ArrayList<>();
    for (String label : text.split(separators, -1)) {
      if (!label.isBlank()) {
        labels.add(label.strip());
      }
    }
    return labels;
  }

  private static String field(Path file, CsvRecord row, int column) {
    if (column >= row.getFieldCount()) {
      throw new DatasetException(
          file,
          "line " + row.getStartingLineNumber(),
          "has " + row.getFieldCount() + " columns, fewer than the first line names; fix it",
          null);
    }
    return row.getField(column);
  }

  private static String fileName(Path file, CsvRecord row, int column) {
    String text = field(file, row, column).strip().replace('\\', '/');
    String fileName = text.startsWith("./") ? text.substring(2) : text;
    requireInside(file, "line " + row.getStartingLineNumber(), fileName, fileName);
    return fileName;
  }

  private static void requireInside(Path file, String field, String fileName, String shown) {
    String fault = FileNames.fault(fileName);
    if (fault != null) {
      throw new DatasetException(file, field, fault, null);
    }
    if (!RelativePath.staysInside(fileName)) {
      throw new DatasetException(
          file,
          field,
          "must be a path inside the folder, with / between folders, but is "
              + ListFile.quoted(shown)
              + "; fix it",
          null);
    }
  }
}
