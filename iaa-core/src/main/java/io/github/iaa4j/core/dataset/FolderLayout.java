package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Distinguishes folders of classes from folders that are the parts of another layout, such as
 * splits, masks or COCO's annotations.
 */
final class FolderLayout {

  private static final Pattern SPLIT =
      Pattern.compile(
          "(train|training|val|valid|validation|test|testing|dev|eval|trainval)"
              + "([_-]?(set|data|images|imgs|split))?([_-]?\\d{4})?",
          Pattern.CASE_INSENSITIVE);

  /** Folders of layouts, whose names say what kind of file is in them. */
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
  private final FolderTree tree;

  FolderLayout(Path root, FolderTree tree) {
    this.root = root;
    this.tree = tree;
  }

  /**
   * Checks the folder.
   *
   * @throws DatasetException if its folders are not those of classes; it says what they are
   */
  void refuseOtherLayouts() {
    refuseVoc();
    refuseCoco();
    refuseSplits();
    if (tree.folders().size() == 1) {
      refuseTheOnlyFolder(tree.folders().first());
    }
    refuseParts();
    refuseMasks();
    refuseTables();
  }

  private void refuseVoc() {
    if (tree.folders().contains("JPEGImages")) {
      throw new DatasetException(
          root,
          null,
          "is laid out as PASCAL VOC (it has JPEGImages), not as a folder for each class; open it"
              + " as VOC, on the command line voc:"
              + root
              + ":SPLIT",
          null);
    }
  }

  private void refuseCoco() {
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
  }

  private void refuseSplits() {
    NavigableSet<String> folders = tree.folders();
    NavigableSet<String> splits = new TreeSet<>();
    folders.stream().filter(name -> SPLIT.matcher(name).matches()).forEach(splits::add);
    // A class may be called train; then it stands among classes and holds images itself.
    if (splits.size() > 1
        || (!splits.isEmpty() && folders.size() == 1 && hasListOrFolders(splits.first()))) {
      throw new DatasetException(
          root,
          null,
          "holds splits, "
              + String.join(", ", splits)
              + ", not classes; give one of them, on the command line folder:"
              + root.resolve(trainingSplit(splits)),
          null);
    }
  }

  /** A single folder is not a class: there is none to distinguish it from. */
  private void refuseTheOnlyFolder(String folder) {
    if (hasListOrFolders(folder)) {
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
  private void refuseTables() {
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

  private void refuseParts() {
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
              + ", which are parts of a layout and not classes; put the images into a folder for"
              + " each class, or list them with their labels in labels.csv",
          null);
    }
  }

  private void refuseMasks() {
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
  private boolean hasListOrFolders(String folder) {
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
