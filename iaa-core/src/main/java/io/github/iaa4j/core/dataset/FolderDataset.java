package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A data set in a plain folder, in one of the layouts that Python tools read as well.
 *
 * <p><b>A folder for each class</b>, as torchvision's {@code ImageFolder}: every image below {@code
 * <root>/<class>/} has that one label. The classes are the folders in alphabetical order, and so
 * are the images. The same picture in two folders is two images.
 *
 * <p><b>A list</b> of images with any number of labels each. It is a file in the root, the first of
 * these that exists, or any {@code .jsonl}, {@code .csv} or {@code .tsv} that is opened in place of
 * the root:
 *
 * <pre>
 * metadata.jsonl   {"file_name": "train/0001.jpg", "labels": ["cat", "person"]}   Hugging Face's
 * metadata.csv     file_name,labels                                               imagefolder
 *                  train/0001.jpg,cat|person
 * _classes.csv     filename, cat, person                                          Roboflow's
 *                  0001.jpg, 1, 1                                                 multi-label export
 * labels.csv       as either of the two
 * </pre>
 *
 * <p>A table has a column of files, such as {@code file_name}, {@code filename}, {@code image} or
 * {@code path}, and either a column {@code label} or {@code labels}, with {@code |} between
 * several, or a column of 0 and 1 for each class. An image may have several rows. Other keys and
 * columns are ignored. The classes are the columns of 0 and 1, or else the labels found, in
 * alphabetical order, unless the caller names them.
 *
 * <p>The id of an image is its path below the root without the extension, such as {@code cat/0001};
 * if two files differ only in the extension, both keep it. No image has a mask, and none counts as
 * generated. Pixels are read on demand. A class {@code background} is not a class: its images are
 * kept, without that label.
 *
 * <p>Whatever in the folder cannot be used is counted in {@link #notices()}; a class without a
 * single image, and a root whose folders are splits, are refused.
 */
public final class FolderDataset implements LabeledDataset {

  private final Path root;
  private final List<String> classNames;
  private final List<FolderImage> images;
  private final Notices opening;
  private @Nullable List<DatasetNotice> notices;

  /**
   * Opens a folder, with the classes that are found in it.
   *
   * @param root the folder that holds a list or a folder for each class, or a list itself
   * @throws DatasetException if there are no images, a line or file is missing or malformed, or the
   *     folder is laid out in another way
   */
  public static FolderDataset open(Path root) {
    return new FolderDataset(Content.of(root, List.of()), null);
  }

  /**
   * Opens a folder with the classes named by the caller, some of which may have no image.
   *
   * @param root the folder that holds a list or a folder for each class, or a list itself
   * @param classNames the classes, in the order wanted, 1 to 254, each once, without background
   * @throws ConfigurationException if {@code classNames} is empty, too long, repeats a name or has
   *     background
   * @throws DatasetException if there are no images, a line or file is missing or malformed, or a
   *     label is not one of the classes
   */
  public static FolderDataset open(Path root, List<String> classNames) {
    List<String> classes = ClassList.requireClasses(classNames);
    return new FolderDataset(Content.of(root, classes), classes);
  }

  private FolderDataset(Content content, @Nullable List<String> stated) {
    this.root = content.root;
    Map<String, Set<String>> labels = content.labels;
    leaveOutBackground(labels, content);
    this.classNames = stated != null ? stated : classNames(content);
    Map<String, Integer> stems = new HashMap<>();
    labels
        .keySet()
        .forEach(name -> stems.merge(RelativePath.withoutExtension(name), 1, Integer::sum));
    List<FolderImage> all = new ArrayList<>();
    labels.forEach(
        (fileName, ofImage) -> {
          Path file = root.resolve(fileName);
          for (String label : ofImage) {
            if (!classNames.contains(label)) {
              throw new DatasetException(
                  file,
                  null,
                  "has the label "
                      + ListFile.quoted(label)
                      + ", which is none of the classes "
                      + classNames
                      + "; fix the label, or name all classes",
                  null);
            }
          }
          String stem = RelativePath.withoutExtension(fileName);
          all.add(
              new FolderImage(
                  file,
                  stems.getOrDefault(stem, 0) > 1 ? fileName : stem,
                  classNames.stream().filter(ofImage::contains).toList()));
        });
    this.images = List.copyOf(all);
    this.opening = content.notices;
    opening.addClassesWithoutImages(this);
  }

  private static void leaveOutBackground(Map<String, Set<String>> labels, Content content) {
    Map<String, Integer> left = new TreeMap<>();
    for (String name : content.classNames) {
      if (ClassList.isBackground(name)) {
        left.put(name, 0);
      }
    }
    labels.replaceAll(
        (file, ofImage) -> {
          Set<String> objects = new HashSet<>(ofImage);
          for (String label : ofImage) {
            if (ClassList.isBackground(label)) {
              left.merge(label, 1, Integer::sum);
              objects.remove(label);
            }
          }
          return objects;
        });
    left.forEach((name, count) -> content.notices.count(Kind.BACKGROUND_LEFT_OUT, name, count));
  }

  private static List<String> classNames(Content content) {
    List<String> names =
        content.classNames.stream().filter(name -> !ClassList.isBackground(name)).toList();
    if (names.isEmpty()) {
      NavigableSet<String> found = new TreeSet<>();
      content.labels.values().forEach(found::addAll);
      names = List.copyOf(found);
    }
    return ClassList.requireClasses(content.origin, null, names);
  }

  /** The classes in alphabetical order, or in the order of the columns or of the caller. */
  @Override
  public List<String> classNames() {
    return classNames;
  }

  /** The images, in alphabetical order or in that of the list; none has a mask. */
  @Override
  public List<LabeledImage> images() {
    return List.copyOf(images);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The first call looks at some images; later calls return the same list.
   */
  @Override
  public synchronized List<DatasetNotice> notices() {
    if (notices == null) {
      // No annotation states a size, so none is turned; but all of them are looked at.
      SampleCheck.turned(
          images, image -> ImageFile.isTurned(image.file(), Optional::empty), opening);
      notices = opening.toList();
    }
    return notices;
  }

  /** The folder or list that was opened, and the number of images. */
  @Override
  public String toString() {
    return "FolderDataset[" + root + ", " + images.size() + " images]";
  }

  /** What a folder holds: images with labels, in their order, and all that was skipped. */
  private static final class Content {

    /** What the names of the images are relative to. */
    private final Path root;

    /** The list, or the root where there is none: what a message is about. */
    private final Path origin;

    private final Map<String, Set<String>> labels = new LinkedHashMap<>();

    /** The classes that the layout states; empty where they are the labels found. */
    private List<String> classNames = List.of();

    private final Notices notices = new Notices();

    private Content(Path root, Path origin) {
      this.root = root;
      this.origin = origin;
    }

    static Content of(Path root, List<String> wanted) {
      if (Files.isRegularFile(root) && LabelFile.isList(String.valueOf(root.getFileName()))) {
        Path parent = root.toAbsolutePath().getParent();
        return listed(parent == null ? root : parent, root);
      }
      Optional<Path> list = LabelFile.in(root);
      return list.isPresent() ? listed(root, list.get()) : walked(root, wanted);
    }

    private static Content listed(Path root, Path list) {
      Content content = new Content(root, list);
      LabelFile read = LabelFile.read(list);
      content.classNames = read.classNames();
      FolderTree tree = FolderTree.of(root);
      Set<String> unlisted = new TreeSet<>(tree.images());
      ListedImages listedImages = new ListedImages(root, list, tree);
      read.labels()
          .forEach(
              (listed, labels) -> {
                String fileName = listedImages.find(listed);
                unlisted.remove(fileName);
                if (content.labels.put(fileName, labels) != null) {
                  throw new DatasetException(
                      list,
                      null,
                      "lists " + ListFile.quoted(fileName) + " twice; remove one line",
                      null);
                }
              });
      if (content.labels.isEmpty()) {
        throw new DatasetException(list, null, "lists no image; give a list that has some", null);
      }
      unlisted.forEach(name -> content.notices.add(Kind.IMAGES_WITHOUT_LABELS, "", name));
      tree.noteTheRest(content.notices, Set.of(String.valueOf(list.getFileName())));
      return content;
    }

    private static Content walked(Path root, List<String> wanted) {
      Content content = new Content(root, root);
      FolderTree tree = FolderTree.of(root);
      if (!wanted.containsAll(tree.folders())) {
        new FolderLayout(root, tree).refuseOtherLayouts();
      }
      NavigableSet<String> classes = new TreeSet<>();
      for (String image : tree.images()) {
        int slash = image.indexOf('/');
        if (slash < 0) {
          content.notices.add(Kind.IMAGES_WITHOUT_LABELS, "", image);
        } else {
          String name = RelativePath.composed(image.substring(0, slash));
          classes.add(name);
          content.labels.put(image, Set.of(name));
        }
      }
      for (String folder : tree.folders()) {
        if (!classes.contains(RelativePath.composed(folder)) && !ClassList.isBackground(folder)) {
          throw new DatasetException(
              root.resolve(folder),
              null,
              "is the folder of a class, but has no image that can be read: it holds "
                  + held(tree, folder)
                  + "; read are "
                  + ImageFile.formats()
                  + "; convert its files, or remove the folder",
              null);
        }
      }
      if (content.labels.isEmpty()) {
        throw new DatasetException(
            root,
            null,
            "has no images in folders of classes"
                + (tree.images().isEmpty()
                    ? ""
                    : ", but " + tree.images().size() + " without a label right in it")
                + "; put images into a folder for each class, or list them with their labels in"
                + " labels.csv or metadata.jsonl",
            null);
      }
      content.classNames = List.copyOf(classes);
      tree.noteTheRest(content.notices, Set.of());
      return content;
    }

    private static String held(FolderTree tree, String folder) {
      Map<String, Long> extensions =
          tree.otherFiles().stream()
              .filter(file -> file.startsWith(folder + "/"))
              .collect(
                  Collectors.groupingBy(
                      FolderTree::extension, TreeMap::new, Collectors.counting()));
      return extensions.isEmpty()
          ? "no file at all"
          : extensions.entrySet().stream()
              .map(
                  entry ->
                      entry.getValue()
                          + " "
                          + (entry.getKey().isEmpty() ? "without an extension" : entry.getKey()))
              .collect(Collectors.joining(", "));
    }
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
