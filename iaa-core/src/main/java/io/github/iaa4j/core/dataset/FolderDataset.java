package io.github.iaa4j.core.dataset;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.DatasetException;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A data set in a plain folder, in one of two layouts that Python tools read as well.
 *
 * <p><b>A folder for each class</b>, as torchvision's {@code ImageFolder}: every JPEG and PNG below
 * {@code <root>/<class>/} has that one label. The classes are the folders in alphabetical order,
 * and so are the images. The same picture in two folders is two images.
 *
 * <p><b>A list</b>, as Hugging Face's {@code imagefolder}: where {@code <root>/metadata.jsonl} is
 * there, its lines are the images, with any number of labels each:
 *
 * <pre>
 * {"file_name": "train/0001.jpg", "labels": ["cat", "person"]}
 * </pre>
 *
 * <p>Other keys are left alone. The classes are the labels found, in alphabetical order, unless the
 * caller names them.
 *
 * <p>The id of an image is its path below the root without the extension, such as {@code cat/0001}.
 * No image has a mask, and none counts as generated. Pixels are read on demand.
 */
public final class FolderDataset implements LabeledDataset {

  private static final int MAX_CLASSES = LabelMask.VOID - 1;
  private static final TypeAdapter<JsonElement> JSON = new Gson().getAdapter(JsonElement.class);

  private final Path root;
  private final List<String> classNames;
  private final List<LabeledImage> images;

  /**
   * Opens a folder, with the classes that are found in it.
   *
   * @param root the folder that holds {@code metadata.jsonl}, or a folder for each class
   * @throws DatasetException if there are no images, or a line or file is missing or malformed
   */
  public static FolderDataset open(Path root) {
    Map<String, Set<String>> labels = labels(root);
    NavigableSet<String> found = new TreeSet<>();
    labels.values().forEach(found::addAll);
    if (found.isEmpty() || found.size() > MAX_CLASSES) {
      throw new DatasetException(
          root,
          null,
          "has "
              + found.size()
              + " classes, but a mask tells 1 to "
              + MAX_CLASSES
              + " apart; check that this is the right folder",
          null);
    }
    for (String name : found) {
      if (!ListFile.fitsALine(name)) {
        throw new DatasetException(
            root,
            null,
            "has the class "
                + ListFile.quoted(name)
                + ", but a class name is plain text without space around; rename it",
            null);
      }
    }
    return new FolderDataset(root, List.copyOf(found), labels);
  }

  /**
   * Opens a folder with the classes named by the caller, some of which may have no image.
   *
   * @param root the folder that holds {@code metadata.jsonl}, or a folder for each class
   * @param classNames the classes, in the order wanted, 1 to 254, each once
   * @throws ConfigurationException if {@code classNames} is empty, too long or repeats a name
   * @throws DatasetException if there are no images, a line or file is missing or malformed, or a
   *     label is none of the classes
   */
  public static FolderDataset open(Path root, List<String> classNames) {
    if (classNames.isEmpty()
        || classNames.size() > MAX_CLASSES
        || new HashSet<>(classNames).size() != classNames.size()) {
      throw new ConfigurationException(
          "classNames must name 1 to " + MAX_CLASSES + " classes, each once, but is " + classNames);
    }
    return new FolderDataset(root, List.copyOf(classNames), labels(root));
  }

  private FolderDataset(Path root, List<String> classNames, Map<String, Set<String>> labels) {
    this.root = root;
    this.classNames = classNames;
    Set<String> ids = new HashSet<>();
    List<LabeledImage> all = new ArrayList<>();
    labels.forEach(
        (fileName, ofImage) -> {
          Path file = root.resolve(fileName);
          String id = RelativePath.withoutExtension(fileName);
          if (!ids.add(id)) {
            throw new DatasetException(
                file,
                null,
                "another file has the same name up to the extension; rename one of them",
                null);
          }
          for (String label : ofImage) {
            if (!classNames.contains(label)) {
              throw new DatasetException(
                  file,
                  null,
                  "has the label "
                      + ListFile.quoted(label)
                      + ", which is none of the classes "
                      + classNames
                      + "; mend the label, or name all classes",
                  null);
            }
          }
          all.add(
              new FolderImage(file, id, classNames.stream().filter(ofImage::contains).toList()));
        });
    if (all.isEmpty()) {
      throw new DatasetException(
          root,
          null,
          "has no images; put JPEG or PNG files into a folder for each class, or write"
              + " metadata.jsonl",
          null);
    }
    this.images = List.copyOf(all);
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public List<LabeledImage> images() {
    return images;
  }

  @Override
  public String toString() {
    return "FolderDataset[" + root + ", " + images.size() + " images]";
  }

  /** From file name, relative to the root, to labels; in the order of the images. */
  private static Map<String, Set<String>> labels(Path root) {
    Path list = root.resolve("metadata.jsonl");
    return Files.exists(list) ? listed(root, list) : walked(root);
  }

  private static Map<String, Set<String>> listed(Path root, Path list) {
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    List<String> lines = ListFile.lines(list);
    for (int i = 0; i < lines.size(); i++) {
      if (lines.get(i).isEmpty()) {
        continue;
      }
      String line = "line " + (i + 1);
      JsonObject entry = object(list, line, lines.get(i));
      String fileName =
          entry.get("file_name") != null && isString(entry.get("file_name"))
              ? entry.get("file_name").getAsString()
              : "";
      if (!RelativePath.staysInside(fileName)) {
        throw new DatasetException(
            list,
            line + ", file_name",
            "must be a path inside the folder, with / between folders, but is "
                + ListFile.quoted(String.valueOf(entry.get("file_name")))
                + "; mend it",
            null);
      }
      if (!(entry.get("labels") instanceof JsonArray names)
          || names.asList().stream().anyMatch(name -> !isString(name))) {
        throw new DatasetException(
            list,
            line + ", labels",
            "must be a list of class names, such as [\"cat\", \"person\"]; add it",
            null);
      }
      Set<String> ofImage = new HashSet<>();
      names.forEach(name -> ofImage.add(name.getAsString()));
      if (labels.put(fileName, ofImage) != null) {
        throw new DatasetException(
            list,
            line + ", file_name",
            ListFile.quoted(fileName) + " was listed before; take one line out",
            null);
      }
      if (!Files.exists(root.resolve(fileName))) {
        throw new DatasetException(
            root.resolve(fileName),
            null,
            "there is no such file, but " + list + " lists it; copy it, or take the line out",
            null);
      }
    }
    return labels;
  }

  private static JsonObject object(Path list, String line, String text) {
    try (JsonReader json = new JsonReader(new StringReader(text))) {
      json.setStrictness(Strictness.STRICT);
      JsonElement element = JSON.read(json);
      if (json.peek() == JsonToken.END_DOCUMENT && element instanceof JsonObject object) {
        return object;
      }
    } catch (IOException | JsonParseException e) {
      throw new DatasetException(list, line, "is no JSON; mend the line", e);
    }
    throw new DatasetException(list, line, "must be one JSON object; mend the line", null);
  }

  private static boolean isString(JsonElement element) {
    return element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
  }

  private static Map<String, Set<String>> walked(Path root) {
    NavigableSet<String> fileNames = new TreeSet<>();
    String separator = root.getFileSystem().getSeparator();
    try (Stream<Path> files = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
      files
          .map(file -> root.relativize(file).toString().replace(separator, "/"))
          .filter(FolderDataset::isImage)
          .forEach(fileNames::add);
    } catch (NoSuchFileException e) {
      throw new DatasetException(root, null, "there is no such folder; check the path", e);
    } catch (IOException | UncheckedIOException e) {
      throw new DatasetException(
          root, null, "cannot be listed (" + e.getMessage() + "); check rights and links", e);
    }
    Map<String, Set<String>> labels = new LinkedHashMap<>();
    for (String fileName : fileNames) {
      labels.put(fileName, Set.of(fileName.substring(0, fileName.indexOf('/'))));
    }
    return labels;
  }

  private static boolean isImage(String fileName) {
    String name = fileName.toLowerCase(Locale.ROOT);
    return name.contains("/")
        && !name.startsWith(".")
        && !name.contains("/.")
        && (name.endsWith(".jpg") || name.endsWith(".jpeg") || name.endsWith(".png"));
  }

  private record FolderImage(Path file, String id, List<String> labels) implements LabeledImage {

    @Override
    public boolean generated() {
      return false;
    }

    @Override
    public RgbImage image() {
      return RgbImage.read(file);
    }

    @Override
    public Optional<LabelMask> mask() {
      return Optional.empty();
    }
  }
}
