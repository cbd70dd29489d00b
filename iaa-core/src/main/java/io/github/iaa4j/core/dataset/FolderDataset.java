package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
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
 * these that is there, or any {@code .jsonl}, {@code .csv} or {@code .tsv} that is opened in place
 * of the root:
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
 * columns are left alone. The classes are the columns of 0 and 1, or else the labels found, in
 * alphabetical order, unless the caller names them.
 *
 * <p>The id of an image is its path below the root without the extension, such as {@code cat/0001};
 * where two files differ in the extension alone, both keep it. No image has a mask, and none counts
 * as generated. Pixels are read on demand. A class {@code background} is no class: its images are
 * kept, without that label.
 *
 * <p>What lies in the folder and cannot be used is counted in {@link #notices()}; a class without a
 * single image, and a root whose folders are splits, are refused.
 */
public final class FolderDataset implements LabeledDataset {

  private static final Pattern SPLIT =
      Pattern.compile(
          "(train|training|val|valid|validation|test|testing|dev|eval|trainval)"
              + "([_-]?(set|data|images|imgs|split))?([_-]?\\d{4})?",
          Pattern.CASE_INSENSITIVE);

  /** Folders of layouts, whose names tell what kind of file is in them. */
  private static final Set<String> PARTS =
      Set.of(
          "annotation",
          "annotations",
          "ground_truth",
          "groundtruth",
          "gt",
          "image",
          "images",
          "imgs",
          "jpegimages",
          "labels",
          "mask",
          "masks",
          "segmentation",
          "segmentations");

  private static final Set<String> TABLES = Set.of(".parquet", ".arrow", ".tfrecord");

  private static final Set<String> MASKS = Set.of("mask", "masks", "ground_truth", "gt");

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
   *     label is none of the classes
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

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public List<LabeledImage> images() {
    return List.copyOf(images);
  }

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

  @Override
  public String toString() {
    return "FolderDataset[" + root + ", " + images.size() + " images]";
  }

  /** What a folder holds: images with labels, in their order, and all that was passed over. */
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
      Finder finder = content.new Finder(tree);
      read.labels()
          .forEach(
              (listed, labels) -> {
                String fileName = finder.find(listed);
                unlisted.remove(fileName);
                if (content.labels.put(fileName, labels) != null) {
                  throw new DatasetException(
                      list,
                      null,
                      "lists " + ListFile.quoted(fileName) + " twice; take one line out",
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

    /** Names of the images, by what a list may call them: without extension, in another case. */
    private static Map<String, List<String>> byName(FolderTree tree, UnaryOperator<String> called) {
      Map<String, List<String>> names = new HashMap<>();
      for (String image : tree.images()) {
        names.computeIfAbsent(called.apply(image), ignored -> new ArrayList<>()).add(image);
      }
      return names;
    }

    /** Finds the file that a list means, which may have left out the extension or the folder. */
    private final class Finder {

      private final FolderTree tree;
      private @Nullable Map<String, List<String>> byStem;
      private @Nullable Map<String, List<String>> composed;
      private @Nullable Map<String, List<String>> lastParts;

      Finder(FolderTree tree) {
        this.tree = tree;
      }

      String find(String listed) {
        if (tree.images().contains(listed) || Files.isRegularFile(root.resolve(listed))) {
          return listed;
        }
        if (byStem == null || composed == null || lastParts == null) {
          byStem = byName(tree, RelativePath::withoutExtension);
          composed = byName(tree, Content::composed);
          lastParts = byName(tree, Content::lastPart);
          byName(tree, name -> RelativePath.withoutExtension(lastPart(name)))
              .forEach(lastParts::putIfAbsent);
        }
        List<String> same = composed.getOrDefault(composed(listed), List.of());
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
        String stem = RelativePath.withoutExtension(listed);
        List<String> alike = byStem.getOrDefault(stem, List.of());
        String elsewhere =
            tree.images().stream()
                .filter(
                    name ->
                        alike.contains(name)
                            || name.endsWith("/" + listed)
                            || RelativePath.withoutExtension(name).endsWith("/" + stem)
                            || name.equalsIgnoreCase(listed))
                .findFirst()
                .map(name -> "; " + name + " is there, so write that name in the list, or move it")
                .orElse("; copy it, or take the line out");
        throw new DatasetException(
            root.resolve(listed),
            null,
            (Files.isDirectory(root.resolve(listed)) ? "is a folder" : "there is no such file")
                + ", but "
                + origin
                + " lists it"
                + elsewhere,
            null);
      }
    }

    private static Content walked(Path root, List<String> wanted) {
      Content content = new Content(root, root);
      FolderTree tree = FolderTree.of(root);
      if (!wanted.containsAll(tree.folders())) {
        refuseOtherLayouts(root, tree);
      }
      NavigableSet<String> classes = new TreeSet<>();
      for (String image : tree.images()) {
        int slash = image.indexOf('/');
        if (slash < 0) {
          content.notices.add(Kind.IMAGES_WITHOUT_LABELS, "", image);
        } else {
          String name = composed(image.substring(0, slash));
          classes.add(name);
          content.labels.put(image, Set.of(name));
        }
      }
      for (String folder : tree.folders()) {
        if (!classes.contains(composed(folder)) && !ClassList.isBackground(folder)) {
          throw new DatasetException(
              root.resolve(folder),
              null,
              "is the folder of a class, but has no image that can be read: it holds "
                  + held(tree, folder)
                  + "; read are "
                  + ImageFile.formats()
                  + "; convert its files, or take the folder out",
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

    /** macOS takes letters and their accents apart in names; one class must not become two. */
    private static String composed(String name) {
      return Normalizer.normalize(name, Normalizer.Form.NFC);
    }

    private static String lastPart(String name) {
      return name.substring(name.lastIndexOf('/') + 1);
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

    /** What looks like classes may be the parts of another layout. */
    private static void refuseOtherLayouts(Path root, FolderTree tree) {
      NavigableSet<String> folders = tree.folders();
      if (folders.contains("JPEGImages")) {
        throw new DatasetException(
            root,
            null,
            "is laid out as PASCAL VOC (it has JPEGImages), not as a folder for each class; open it"
                + " as VOC, on the command line voc:"
                + root
                + ":SPLIT",
            null);
      }
      Optional<String> coco =
          tree.otherFiles().stream()
              .filter(file -> file.matches("annotations/[^/]*\\.json|_annotations\\.coco\\.json"))
              .findFirst();
      if (coco.isPresent()) {
        throw new DatasetException(
            root,
            null,
            "is laid out as COCO (it has "
                + coco.get()
                + "), not as a folder for each class; open it as COCO, on the command line"
                + " coco:IMAGES:"
                + root.resolve(coco.get()),
            null);
      }
      NavigableSet<String> splits = new TreeSet<>();
      folders.stream().filter(name -> SPLIT.matcher(name).matches()).forEach(splits::add);
      // A class may be called train; then it stands among classes and holds images itself.
      if (splits.size() > 1
          || (!splits.isEmpty() && folders.size() == 1 && hasListOrFolders(tree, splits.first()))) {
        throw new DatasetException(
            root,
            null,
            "holds splits, "
                + String.join(", ", splits)
                + ", not classes; give one of them, on the command line folder:"
                + root.resolve(trainingSplit(splits)),
            null);
      }
      if (folders.size() == 1) {
        refuseTheOnlyFolder(root, tree, folders.first());
      }
      refuseParts(root, tree);
      refuseTables(root, tree);
    }

    /** One folder is no class that could be told from others. */
    private static void refuseTheOnlyFolder(Path root, FolderTree tree, String folder) {
      if (hasListOrFolders(tree, folder)) {
        throw new DatasetException(
            root,
            null,
            "has one folder, "
                + folder
                + ", that holds folders itself; give that one: "
                + root.resolve(folder),
            null);
      }
      for (String file : tree.otherFiles()) {
        boolean isBeside = file.indexOf('/') < 0;
        if (isBeside && (LabelFile.isList(file) || file.endsWith(".json"))) {
          throw new DatasetException(
              root,
              null,
              "has one folder, "
                  + folder
                  + ", and beside it "
                  + file
                  + "; if that holds the labels, open it, on the command line as "
                  + (LabelFile.isList(file) ? "folder:" : "coco:" + root.resolve(folder) + ":")
                  + root.resolve(file),
              null);
        }
      }
    }

    /** Tables of images in one file, which only other tools read. */
    private static void refuseTables(Path root, FolderTree tree) {
      for (String file : tree.otherFiles()) {
        if (TABLES.contains(FolderTree.extension(file))) {
          throw new DatasetException(
              root.resolve(file),
              null,
              "is a table of images, which is not read; write its images into files, with"
                  + " metadata.jsonl or a folder for each class",
              null);
        }
      }
    }

    private static void refuseParts(Path root, FolderTree tree) {
      List<String> parts =
          tree.folders().stream()
              .filter(name -> PARTS.contains(name.toLowerCase(Locale.ROOT)))
              .toList();
      if (parts.size() > 1 || parts.stream().anyMatch(name -> name.matches("(?i)images|imgs"))) {
        throw new DatasetException(
            root,
            null,
            "has the folders "
                + String.join(", ", parts)
                + ", which are parts of a layout and no classes; put the images into a folder for"
                + " each class, or list them with their labels in labels.csv",
            null);
      }
      for (String image : tree.images()) {
        String[] names = image.toLowerCase(Locale.ROOT).split("/", -1);
        for (int i = 1; i < names.length - 1; i++) {
          if (MASKS.contains(names[i])) {
            throw new DatasetException(
                root.resolve(image),
                null,
                "lies in a folder of masks, which would be taken for photos of the class "
                    + names[0]
                    + "; move the masks out of the folders of the classes",
                null);
          }
        }
      }
    }

    private static String trainingSplit(NavigableSet<String> splits) {
      return splits.stream()
          .filter(name -> name.toLowerCase(Locale.ROOT).startsWith("train"))
          .findFirst()
          .orElse(splits.first());
    }

    /** Whether a folder holds a list, or images in folders of its own and none right in it. */
    private static boolean hasListOrFolders(FolderTree tree, String folder) {
      String within = folder + "/";
      boolean below = false;
      boolean right = false;
      for (String image : tree.images().tailSet(within)) {
        if (!image.startsWith(within)) {
          break;
        }
        boolean isBelow = image.indexOf('/', within.length()) >= 0;
        below |= isBelow;
        right |= !isBelow;
      }
      return (below && !right)
          || tree.otherFiles().stream()
              .anyMatch(file -> file.startsWith(within) && LabelFile.isList(file));
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
