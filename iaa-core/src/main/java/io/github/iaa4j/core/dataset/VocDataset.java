package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.awt.Dimension;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A data set in the layout of PASCAL VOC 2012.
 *
 * <pre>
 * JPEGImages/&lt;id&gt;.jpg
 * ImageSets/Segmentation/&lt;split&gt;.txt       one id a line; or ImageSets/Main/&lt;split&gt;.txt
 * Annotations/&lt;id&gt;.xml                    the objects of an image
 * ImageSets/Main/&lt;class&gt;_&lt;split&gt;.txt     "id 1", "id -1" or "id 0" a line
 * SegmentationClass/&lt;id&gt;.png              masks, for evaluation
 * classes.txt                             one class a line; VOC itself has no such file
 * </pre>
 *
 * <p><b>Labels</b> of an image come from its XML, where there is one: every class that an {@code
 * object} has, difficult ones too. Otherwise they come from the class lists, those of the split
 * before those of other splits; 1 and 0 (only difficult objects) mean that the class is there.
 * Masks are never read for labels.
 *
 * <p><b>Classes</b> are those of {@code classes.txt}, which {@link VocWriter} writes, or of the
 * lists that annotation tools write: {@code labelmap.txt} (CVAT, Datumaro), {@code class_names.txt}
 * (labelme), {@code dataset_meta.json} (Datumaro). Background is no class and is left out. Without
 * such a file the classes are those that have class lists, in VOC's order, then names that VOC does
 * not have, in alphabetical order. Without lists they are {@link #CLASS_NAMES}. Where all are names
 * of VOC, an object of another VOC class is left out of the labels, and is void in the mask.
 *
 * <p><b>Masks.</b> Where {@code classes.txt}, the caller or nobody states the classes and all are
 * names of VOC, the files hold VOC's own indices, 1 to 20, however few of the classes there are,
 * and {@link LabeledImage#mask()} turns them into this data set's order. Otherwise index k + 1 is
 * class k. RGB masks in the colours of {@code labelmap.txt} are read too. Generated images have no
 * mask: what stands in the folder for them is a placeholder.
 *
 * <p><b>Images</b> may also have another extension that is read, such as {@code .JPG} or {@code
 * .png}.
 *
 * <p>Lists, labels and the presence of each image are checked when the data set is opened; images
 * and masks are read when they are asked for.
 */
public final class VocDataset implements LabeledDataset {

  /** The classes of PASCAL VOC, in the order of its mask indices 1 to 20. */
  public static final List<String> CLASS_NAMES =
      List.of(
          "aeroplane",
          "bicycle",
          "bird",
          "boat",
          "bottle",
          "bus",
          "car",
          "cat",
          "chair",
          "cow",
          "diningtable",
          "dog",
          "horse",
          "motorbike",
          "person",
          "pottedplant",
          "sheep",
          "sofa",
          "train",
          "tvmonitor");

  /**
   * Ids of generated images. No real image has one, and what comes after the year fits the 32 bits
   * into which some training code packs an id.
   */
  private static final Pattern GENERATED =
      Pattern.compile("21(?:[0-3][0-9]|4[0-6])_(?!000000)[0-9]{6}");

  private static final Pattern TWO_COLUMNS = Pattern.compile(".*\\S\\s+[-+]?[01]");

  private final Path root;
  private final ClassList classes;
  private final boolean vocNames;
  private final List<VocImage> images;
  private final Notices opening = new Notices();
  private @Nullable List<DatasetNotice> notices;

  /**
   * Opens a split.
   *
   * @param root the folder that holds {@code JPEGImages}, such as {@code VOCdevkit/VOC2012}
   * @param split the name of a list in {@code ImageSets}, such as {@code train}
   * @throws DatasetException if a file is missing, malformed or names an unknown class, or if there
   *     are masks and nothing says which class an index of theirs is
   */
  public static VocDataset open(Path root, String split) {
    return new VocDataset(root, split, null);
  }

  /**
   * Opens a split with the classes named by the caller.
   *
   * @param root the folder that holds {@code JPEGImages}, such as {@code VOCdevkit/VOC2012}
   * @param split the name of a list in {@code ImageSets}, such as {@code train}
   * @param classNames the classes, in the order wanted, 1 to 254, each once, without background
   * @throws ConfigurationException if {@code classNames} is empty, too long, repeats a name or has
   *     background
   * @throws DatasetException if a file is missing, malformed or names an unknown class
   */
  public static VocDataset open(Path root, String split, List<String> classNames) {
    return new VocDataset(root, split, ClassList.ofVoc(ClassList.requireClasses(classNames)));
  }

  private VocDataset(Path root, String split, @Nullable ClassList named) {
    this.root = root;
    Path list = splitList(root, split);
    Optional<ClassList> stated = named == null ? ClassList.find(root) : Optional.of(named);
    this.classes = stated.orElseGet(() -> listedClasses(root, split));
    this.vocNames = CLASS_NAMES.containsAll(classes.names());
    Map<String, Path> byId = files(list);
    if (stated.isEmpty()) {
      requireStatedOrder(byId.keySet());
    }
    Labels labels = new Labels(list, split, stated.isPresent());
    List<VocImage> all = new ArrayList<>();
    byId.forEach((id, file) -> all.add(new VocImage(id, file, labels.of(id, byId.keySet()))));
    labels.noteObjectsLeftOut();
    this.images = List.copyOf(all);
    opening.addClassesWithoutImages(this);
  }

  /** The classes that have lists, or else VOC's own. */
  private ClassList listedClasses(Path root, String split) {
    Set<String> listed = VocClassLists.classNames(root, split);
    if (listed.removeIf(ClassList::isBackground)) {
      opening.count(DatasetNotice.Kind.BACKGROUND_LEFT_OUT, "background", 0);
    }
    List<String> names = new ArrayList<>(CLASS_NAMES);
    if (!listed.isEmpty()) {
      names.retainAll(listed);
      listed.removeAll(CLASS_NAMES);
      names.addAll(listed);
    }
    return ClassList.ofVoc(ClassList.requireClasses(root.resolve("ImageSets/Main"), null, names));
  }

  /** Masks that nobody finds would leave an evaluation without truth. */
  private void noteMasksOfOtherNames() {
    try (Stream<Path> files = Files.list(root.resolve("SegmentationClass"))) {
      files
          .map(file -> String.valueOf(file.getFileName()))
          .filter(name -> !FolderTree.isSystemName(name))
          .sorted()
          .forEach(name -> opening.add(DatasetNotice.Kind.MASKS_OF_OTHER_NAMES, "", name));
    } catch (IOException | UncheckedIOException e) {
      // There are no masks then, which an evaluation says.
    }
  }

  /** A mask holds numbers. Without an order of the classes, each of them could be any class. */
  private void requireStatedOrder(Set<String> ids) {
    if (vocNames) {
      return;
    }
    for (String id : ids) {
      if (Files.exists(maskFile(id)) && !isGenerated(id)) {
        throw new DatasetException(
            root.resolve(ClassList.CLASSES_FILE),
            null,
            "there is no such file, nor a labelmap.txt, so nothing says which class an index of the"
                + " masks is, such as in "
                + maskFile(id)
                + "; write the classes there, one a line, in the order of their indices from 1 on."
                + " Their names are "
                + String.join(", ", classes.names()),
            null);
      }
    }
  }

  /** The image of each id of the split, in the order of the list. */
  private Map<String, Path> files(Path list) {
    VocImageFiles folder = new VocImageFiles(root);
    Map<String, Path> files = new LinkedHashMap<>();
    List<String> lines = ListFile.lines(list);
    for (int i = 0; i < lines.size(); i++) {
      String text = lines.get(i);
      if (text.isEmpty()) {
        continue;
      }
      String line = "line " + (i + 1);
      String fault = FileNames.fault(text);
      if (fault != null) {
        throw new DatasetException(list, line, fault, null);
      }
      boolean isName = !text.contains("/") && RelativePath.staysInside(text);
      Path file = isName ? folder.find(text) : null;
      String id = text;
      if (isName && file == null) {
        String ofFile = folder.idOfFile(text);
        if (ofFile != null) {
          id = ofFile;
          file = folder.find(ofFile);
        }
      }
      if (!isName || (file == null && TWO_COLUMNS.matcher(text).matches())) {
        throw new DatasetException(
            list,
            line,
            ListFile.quoted(text)
                + " is no image id: a line holds one file name of JPEGImages without .jpg, no path"
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
      if (files.put(id, file) != null) {
        throw new DatasetException(
            list, line, "the id " + id + " was listed before; take one of the lines out", null);
      }
      String name = String.valueOf(file.getFileName());
      if (!name.endsWith(".jpg")) {
        opening.add(
            DatasetNotice.Kind.OTHER_EXTENSION, name.substring(name.lastIndexOf('.')), name);
      }
    }
    if (files.isEmpty()) {
      throw new DatasetException(list, null, "lists no image; a split has one id a line", null);
    }
    return files;
  }

  private Path annotation(String id) {
    return root.resolve("Annotations").resolve(id + ".xml");
  }

  /** Older labelme keeps its masks beside {@code SegmentationClass}, which has arrays then. */
  private Path maskFile(String id) {
    Path usual = root.resolve("SegmentationClass").resolve(id + ".png");
    for (Path other :
        List.of(
            usual.resolveSibling(id + ".PNG"),
            root.resolve("SegmentationClassPNG").resolve(id + ".png"))) {
      if (!Files.exists(usual) && Files.exists(other)) {
        return other;
      }
    }
    return usual;
  }

  /** Finds the labels of images, in their annotations or in the class lists. */
  private final class Labels {

    private final Path list;
    private final String split;
    private final boolean stated;
    private final Set<String> leftOut = new TreeSet<>();
    private int objectsLeftOut;
    private @Nullable VocClassLists classLists;

    /**
     * @param stated whether the classes are named by a file or by the caller
     */
    Labels(Path list, String split, boolean stated) {
      this.list = list;
      this.split = split;
      this.stated = stated;
    }

    List<String> of(String id, Set<String> ids) {
      Path xml = annotation(id);
      Optional<BitSet> labels =
          VocAnnotation.objectNames(xml).map(objects -> ofObjects(xml, objects, ids));
      if (labels.isEmpty()) {
        if (classLists == null) {
          classLists = new VocClassLists(root, split, classNames(), ids);
        }
        labels = classLists.labels(id);
      }
      return labels
          .orElseThrow(
              () ->
                  new DatasetException(
                      list,
                      id,
                      "has no labels: there is no "
                          + xml
                          + ", and no list "
                          + root.resolve("ImageSets/Main/<class>_<split>.txt")
                          + " has a line for it; add one or the other",
                      null))
          .stream()
          .mapToObj(classNames()::get)
          .toList();
    }

    private BitSet ofObjects(Path xml, List<String> objects, Set<String> ids) {
      BitSet labels = new BitSet();
      for (int i = 0; i < objects.size(); i++) {
        String name = objects.get(i);
        int k = classNames().indexOf(name);
        if (k >= 0) {
          labels.set(k);
        } else if (ClassList.isBackground(name)) {
          opening.add(DatasetNotice.Kind.BACKGROUND_LEFT_OUT, name, xml.toString());
        } else if (vocNames && CLASS_NAMES.contains(name)) {
          leftOut.add(name);
          objectsLeftOut++;
        } else {
          throw unknownClass(xml, "object " + (i + 1) + ", name", name, ids);
        }
      }
      return labels;
    }

    private DatasetException unknownClass(Path xml, String field, String name, Set<String> ids) {
      if (stated) {
        return new DatasetException(
            xml,
            field,
            "unknown class "
                + ListFile.quoted(name)
                + "; the classes are "
                + classNames()
                + "; fix the name, or open the data set with all class names",
            null);
      }
      Set<String> found = new TreeSet<>();
      for (String id : ids) {
        VocAnnotation.objectNames(annotation(id)).ifPresent(found::addAll);
      }
      found.removeIf(ClassList::isBackground);
      return new DatasetException(
          xml,
          field,
          "unknown class "
              + ListFile.quoted(name)
              + "; the classes are "
              + classNames()
              + ". If it is one of your own, write all of them into "
              + root.resolve(ClassList.CLASSES_FILE)
              + ", one a line; the annotations of this split name "
              + String.join(", ", found),
          null);
    }

    void noteObjectsLeftOut() {
      if (objectsLeftOut > 0) {
        opening.count(
            DatasetNotice.Kind.OBJECTS_LEFT_OUT, String.join(", ", leftOut), objectsLeftOut);
      }
    }
  }

  @Override
  public List<String> classNames() {
    return classes.names();
  }

  @Override
  public List<LabeledImage> images() {
    return List.copyOf(images);
  }

  @Override
  public synchronized List<DatasetNotice> notices() {
    if (notices == null) {
      SampleCheck.turned(images, VocImage::isTurned, opening);
      List<VocImage> masked = images.stream().filter(VocImage::hasMask).toList();
      if (masked.isEmpty() && images.stream().anyMatch(image -> !image.generated())) {
        noteMasksOfOtherNames();
      }
      SampleCheck.masks(masked, classNames(), opening);
      notices = opening.toList();
    }
    return notices;
  }

  @Override
  public String toString() {
    return "VocDataset[" + root + ", " + images.size() + " images]";
  }

  /** Whether an id is one of those kept free for generated images, 2100_000001 to 2146_999999. */
  static boolean isGenerated(String id) {
    return GENERATED.matcher(id).matches();
  }

  private static Path splitList(Path root, String split) {
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
          "is no VOC data set: it has no folder JPEGImages; give the folder that holds it, such as"
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

  private final class VocImage implements LabeledImage {

    private final String id;
    private final Path file;
    private final List<String> labels;

    VocImage(String id, Path file, List<String> labels) {
      this.id = id;
      this.file = file;
      this.labels = labels;
    }

    @Override
    public String id() {
      return id;
    }

    @Override
    public List<String> labels() {
      return labels;
    }

    @Override
    public boolean generated() {
      return isGenerated(id);
    }

    @Override
    public RgbImage image() {
      return ImageFile.readRgb(file, this::annotatedSize);
    }

    boolean isTurned() {
      return ImageFile.isTurned(file, this::annotatedSize);
    }

    /** The size of the mask, or else the one that the annotation states. */
    private Optional<Dimension> annotatedSize() {
      if (hasMask()) {
        ImageFile.Header mask = ImageFile.header(maskFile(id));
        return Optional.of(new Dimension(mask.width(), mask.height()));
      }
      return VocAnnotation.imageSize(annotation(id));
    }

    boolean hasMask() {
      return !generated() && Files.exists(maskFile(id));
    }

    @Override
    public Optional<LabelMask> mask() {
      if (!hasMask()) {
        return Optional.empty();
      }
      Path mask = maskFile(id);
      LabelMask read = LabelMask.read(mask, classes);
      ImageFile.misfit(file, read.width(), read.height())
          .ifPresent(
              misfit -> {
                throw new DatasetException(
                    mask,
                    "size",
                    "the mask has " + misfit + "; make the mask of that very image",
                    null);
              });
      return Optional.of(read);
    }

    @Override
    public String toString() {
      return "VocImage[" + id + ", " + labels + "]";
    }
  }
}
