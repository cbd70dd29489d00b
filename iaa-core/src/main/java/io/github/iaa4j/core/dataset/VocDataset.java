package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.DatasetException;
import java.awt.Dimension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

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
 * <p><b>Classes</b> are those of {@code classes.txt}, which {@link VocWriter} writes. Without it
 * they are those that have class lists, in VOC's order, then names that VOC does not have, in
 * alphabetical order. Without lists they are {@link #CLASS_NAMES}. Where all are names of VOC, an
 * object of another VOC class is left out of the labels, and is void in the mask.
 *
 * <p><b>Masks.</b> Where all classes are names of VOC, the files hold VOC's own indices, 1 to 20,
 * however few of the classes there are, and {@link LabeledImage#mask()} turns them into this data
 * set's order. With other names, index k + 1 is class k. Generated images have no mask: what stands
 * in the folder for them is a placeholder.
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

  /** Keeps the classes and their order, which decides what the indices of a mask mean. */
  static final String CLASSES_FILE = "classes.txt";

  private static final int MAX_CLASSES = LabelMask.VOID - 1;

  private final Path root;
  private final List<String> classNames;
  private final boolean vocNames;
  private final byte[] ownIndex;
  private final List<LabeledImage> images;

  /**
   * Opens a split.
   *
   * @param root the folder that holds {@code JPEGImages}, such as {@code VOCdevkit/VOC2012}
   * @param split the name of a list in {@code ImageSets}, such as {@code train}
   * @throws DatasetException if a file is missing, malformed or names an unknown class
   */
  public static VocDataset open(Path root, String split) {
    return new VocDataset(root, split, classesOnDisk(root, split));
  }

  /**
   * Opens a split with the classes named by the caller.
   *
   * @param root the folder that holds {@code JPEGImages}, such as {@code VOCdevkit/VOC2012}
   * @param split the name of a list in {@code ImageSets}, such as {@code train}
   * @param classNames the classes, in the order wanted, 1 to 254, each once
   * @throws ConfigurationException if {@code classNames} is empty, too long or repeats a name
   * @throws DatasetException if a file is missing, malformed or names an unknown class
   */
  public static VocDataset open(Path root, String split, List<String> classNames) {
    if (!areClasses(classNames)) {
      throw new ConfigurationException(
          "classNames must name 1 to " + MAX_CLASSES + " classes, each once, but is " + classNames);
    }
    return new VocDataset(root, split, classNames);
  }

  private VocDataset(Path root, String split, List<String> classNames) {
    this.root = root;
    this.classNames = List.copyOf(classNames);
    this.vocNames = CLASS_NAMES.containsAll(classNames);
    this.ownIndex = new byte[256];
    Arrays.fill(ownIndex, (byte) LabelMask.VOID);
    ownIndex[0] = 0;
    int[] stored = storedIndices(this.classNames);
    for (int k = 0; k < stored.length; k++) {
      ownIndex[stored[k]] = (byte) (k + 1);
    }

    Path list = splitList(root, split);
    List<LabeledImage> all = new ArrayList<>();
    VocClassLists classLists = null;
    for (String id : ids(list)) {
      if (!Files.exists(imageFile(id))) {
        throw new DatasetException(
            imageFile(id),
            null,
            "there is no such file, but "
                + list
                + " lists it; copy the image, or take its id out of the list",
            null);
      }
      Path xml = root.resolve("Annotations").resolve(id + ".xml");
      Optional<BitSet> labels = VocAnnotation.objectNames(xml).map(objects -> labels(xml, objects));
      if (labels.isEmpty()) {
        if (classLists == null) {
          classLists = new VocClassLists(root, split, this.classNames);
        }
        labels = classLists.labels(id);
      }
      all.add(
          new VocImage(
              id,
              labels.orElseThrow(
                  () ->
                      new DatasetException(
                          list,
                          id,
                          "has no labels: there is no "
                              + xml
                              + ", and no list "
                              + root.resolve("ImageSets/Main/<class>_<split>.txt")
                              + " has a line for it; add one or the other",
                          null))));
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
    return "VocDataset[" + root + ", " + images.size() + " images]";
  }

  /** Whether an id is one of those kept free for generated images, 2100_000001 to 2146_999999. */
  static boolean isGenerated(String id) {
    return GENERATED.matcher(id).matches();
  }

  private Path imageFile(String id) {
    return root.resolve("JPEGImages").resolve(id + ".jpg");
  }

  /** The index that a mask file holds for each class: VOC's own where all names are VOC's. */
  static int[] storedIndices(List<String> classNames) {
    boolean vocNames = CLASS_NAMES.containsAll(classNames);
    int[] stored = new int[classNames.size()];
    for (int k = 0; k < stored.length; k++) {
      stored[k] = 1 + (vocNames ? CLASS_NAMES.indexOf(classNames.get(k)) : k);
    }
    return stored;
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
        "there is no split \"" + split + "\" here or in " + main + "; give one that there is",
        null);
  }

  private static List<String> ids(Path list) {
    Set<String> ids = new LinkedHashSet<>();
    List<String> lines = ListFile.lines(list);
    for (int i = 0; i < lines.size(); i++) {
      String id = lines.get(i);
      if (id.isEmpty()) {
        continue;
      }
      String line = "line " + (i + 1);
      if (id.contains("/") || id.matches(".*\\s.*") || !RelativePath.staysInside(id)) {
        throw new DatasetException(
            list,
            line,
            ListFile.quoted(id)
                + " is no image id: a line holds one file name of JPEGImages without .jpg, no path"
                + " and no second column; mend the line",
            null);
      }
      if (!ids.add(id)) {
        throw new DatasetException(
            list, line, "the id " + id + " was listed before; take one of the lines out", null);
      }
    }
    if (ids.isEmpty()) {
      throw new DatasetException(list, null, "lists no image; a split has one id a line", null);
    }
    return List.copyOf(ids);
  }

  private static List<String> classesOnDisk(Path root, String split) {
    Path file = root.resolve(CLASSES_FILE);
    List<String> classes;
    if (Files.exists(file)) {
      classes = ListFile.lines(file).stream().filter(name -> !name.isEmpty()).toList();
    } else {
      file = root.resolve("ImageSets/Main");
      Set<String> listed = VocClassLists.classNames(root, split);
      if (listed.isEmpty()) {
        return CLASS_NAMES;
      }
      classes = new ArrayList<>(CLASS_NAMES);
      classes.retainAll(listed);
      listed.removeAll(CLASS_NAMES);
      classes.addAll(listed);
    }
    if (!areClasses(classes)) {
      throw new DatasetException(
          file,
          null,
          "must name 1 to "
              + MAX_CLASSES
              + " classes, each once, so that a mask of one byte a pixel can tell them apart; mend"
              + " it, or name the classes when you open the data set",
          null);
    }
    return classes;
  }

  private static boolean areClasses(List<String> names) {
    return !names.isEmpty()
        && names.size() <= MAX_CLASSES
        && new HashSet<>(names).size() == names.size();
  }

  private BitSet labels(Path xml, List<String> objects) {
    BitSet labels = new BitSet();
    for (int i = 0; i < objects.size(); i++) {
      int k = classNames.indexOf(objects.get(i));
      if (k >= 0) {
        labels.set(k);
      } else if (!vocNames || !CLASS_NAMES.contains(objects.get(i))) {
        throw new DatasetException(
            xml,
            "object " + (i + 1) + ", name",
            "unknown class "
                + ListFile.quoted(objects.get(i))
                + "; the classes are "
                + classNames
                + "; mend the name, or open the data set with all class names",
            null);
      }
    }
    return labels;
  }

  private final class VocImage implements LabeledImage {

    private final String id;
    private final List<String> labels;

    VocImage(String id, BitSet labels) {
      this.id = id;
      this.labels = labels.stream().mapToObj(classNames::get).toList();
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
      return ImageFile.readRgb(imageFile(id), this::annotatedSize);
    }

    /** The size of the mask, or else the one that the annotation states. */
    private Optional<Dimension> annotatedSize() {
      if (hasMask()) {
        ImageFile.Header mask = ImageFile.header(maskFile());
        return Optional.of(new Dimension(mask.width(), mask.height()));
      }
      return VocAnnotation.imageSize(root.resolve("Annotations").resolve(id + ".xml"));
    }

    private Path maskFile() {
      return root.resolve("SegmentationClass").resolve(id + ".png");
    }

    private boolean hasMask() {
      return !generated() && Files.exists(maskFile());
    }

    @Override
    public Optional<LabelMask> mask() {
      if (!hasMask()) {
        return Optional.empty();
      }
      Path file = maskFile();
      LabelMask stored = LabelMask.read(file, vocNames ? CLASS_NAMES.size() : classNames.size());
      ImageFile.misfit(imageFile(id), stored.width(), stored.height())
          .ifPresent(
              misfit -> {
                throw new DatasetException(
                    file,
                    "size",
                    "the mask has " + misfit + "; make the mask of that very image",
                    null);
              });
      byte[] indices = stored.indices();
      for (int i = 0; i < indices.length; i++) {
        indices[i] = ownIndex[indices[i] & 0xff];
      }
      return Optional.of(stored);
    }

    @Override
    public String toString() {
      return "VocImage[" + id + ", " + labels + "]";
    }
  }
}
