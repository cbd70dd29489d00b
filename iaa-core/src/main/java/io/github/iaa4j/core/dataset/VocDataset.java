package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.awt.Dimension;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A data set in the layout of PASCAL VOC 2012.
 *
 * <pre>
 * JPEGImages/&lt;id&gt;.jpg                     or .png or another format that is read
 * ImageSets/Segmentation/&lt;split&gt;.txt       one id a line; or ImageSets/Main/&lt;split&gt;.txt
 * Annotations/&lt;id&gt;.xml                    the objects of an image
 * ImageSets/Main/&lt;class&gt;_&lt;split&gt;.txt     "id 1", "id -1" or "id 0" a line
 * SegmentationClass/&lt;id&gt;.png              masks, for evaluation
 * classes.txt                             one class a line; VOC itself has no such file
 * </pre>
 *
 * <p><b>Labels</b> of an image come from its XML, where there is one: the class of every {@code
 * object}, difficult ones included. Otherwise they come from the class lists, those of the split
 * before those of other splits; 1 and 0 (only difficult objects) mean that the class is there.
 * Masks are never read for labels.
 *
 * <p><b>Classes</b> are those of {@code classes.txt}, which {@link VocWriter} writes, or of the
 * lists that annotation tools write: {@code labelmap.txt} (CVAT, Datumaro), {@code class_names.txt}
 * (labelme), {@code dataset_meta.json} (Datumaro). Background is not a class and is left out.
 * Without such a file the classes are those that have class lists, in VOC's order, then names that
 * VOC does not have, in alphabetical order. Without lists they are {@link #CLASS_NAMES}. Where all
 * are names of VOC, an object of another VOC class is left out of the labels, and is void in the
 * mask.
 *
 * <p><b>Masks.</b> If the classes are stated by {@code classes.txt}, by the caller or not at all,
 * and all are names of VOC, the files hold VOC's own indices, 1 to 20, however few of the classes
 * there are, and {@link LabeledImage#mask()} turns them into this data set's order. Otherwise index
 * k + 1 is class k. RGB masks in the colours of {@code labelmap.txt} are read too.
 *
 * <p><b>Generated</b> are the images whose XML says {@code diffusion model} in {@code
 * source/image}, as {@link VocWriter} writes it. They have no mask: what is in {@code
 * SegmentationClass} for them is a placeholder.
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

  private final Path root;
  private final ClassList classes;
  private final VocMaskFiles masks;
  private final List<VocImage> images;
  private final Notices opening = new Notices();
  private @Nullable List<DatasetNotice> notices;

  /**
   * Opens a split.
   *
   * @param root the folder that holds {@code JPEGImages}, such as {@code VOCdevkit/VOC2012}
   * @param split the name of a list in {@code ImageSets}, such as {@code train}
   * @throws DatasetException if a file is missing, malformed or names an unknown class, or if there
   *     are masks and nothing says which class each of their indices is
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
    VocSplit list = new VocSplit(root, split);
    Optional<ClassList> stated = named == null ? ClassList.find(root) : Optional.of(named);
    this.classes = stated.orElseGet(() -> listedClasses(root, split));
    Map<String, Path> files = list.images();
    VocLabels labels =
        new VocLabels(
            root, list.list(), split, files.keySet(), classNames(), stated.isPresent(), opening);
    this.masks = new VocMaskFiles(root);
    List<VocImage> all = new ArrayList<>();
    files.forEach(
        (id, file) -> {
          Optional<VocAnnotation> annotation = VocAnnotation.read(annotationFile(root, id));
          boolean generated = annotation.map(VocAnnotation::generated).orElse(false);
          Path mask = generated ? null : masks.find(id);
          all.add(new VocImage(id, file, labels.of(id, annotation), generated, mask));
        });
    labels.noteObjectsLeftOut();
    this.images = List.copyOf(all);
    if (stated.isEmpty()) {
      requireStatedOrder();
    }
    noteOtherExtensions();
    opening.addClassesWithoutImages(this);
  }

  static Path annotationFile(Path root, String id) {
    return root.resolve("Annotations").resolve(id + ".xml");
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

  /** A mask holds numbers. Without an order of the classes, each of them could be any class. */
  private void requireStatedOrder() {
    if (CLASS_NAMES.containsAll(classNames())) {
      return;
    }
    for (VocImage image : images) {
      if (image.mask != null) {
        throw new DatasetException(
            root.resolve(ClassList.CLASSES_FILE),
            null,
            "there is no such file, nor a labelmap.txt, so nothing says which class an index of the"
                + " masks is, such as in "
                + image.mask
                + "; write the classes there, one a line, in the order of their indices from 1 on."
                + " Their names are "
                + String.join(", ", classes.names()),
            null);
      }
    }
  }

  /** Most training code looks for {@code .jpg} alone. */
  private void noteOtherExtensions() {
    for (VocImage image : images) {
      String name = String.valueOf(image.file.getFileName());
      if (!name.endsWith(".jpg") && !image.generated) {
        opening.add(
            DatasetNotice.Kind.OTHER_EXTENSION, name.substring(name.lastIndexOf('.')), name);
      }
    }
  }

  /** The classes that the folder states, or those named by the caller, in that order. */
  @Override
  public List<String> classNames() {
    return classes.names();
  }

  /** The images in the order of the split's list. */
  @Override
  public List<LabeledImage> images() {
    return List.copyOf(images);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The first call reads some images and masks; later calls return the same list.
   */
  @Override
  public synchronized List<DatasetNotice> notices() {
    if (notices == null) {
      SampleCheck.turned(images, VocImage::isTurned, opening);
      List<VocImage> masked = images.stream().filter(image -> image.mask != null).toList();
      if (masked.isEmpty() && images.stream().anyMatch(image -> !image.generated)) {
        // Masks that nobody finds would leave an evaluation without truth.
        masks
            .names()
            .forEach(name -> opening.add(DatasetNotice.Kind.MASKS_OF_OTHER_NAMES, "", name));
      }
      SampleCheck.masks(masked, classNames(), opening);
      notices = opening.toList();
    }
    return notices;
  }

  /** The root and the number of images. */
  @Override
  public String toString() {
    return "VocDataset[" + root + ", " + images.size() + " images]";
  }

  private final class VocImage implements LabeledImage {

    private final String id;
    private final Path file;
    private final List<String> labels;
    private final boolean generated;
    private final @Nullable Path mask;

    VocImage(String id, Path file, List<String> labels, boolean generated, @Nullable Path mask) {
      this.id = id;
      this.file = file;
      this.labels = labels;
      this.generated = generated;
      this.mask = mask;
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
      return generated;
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
      if (mask != null) {
        ImageHeader header = ImageFile.header(mask);
        return Optional.of(new Dimension(header.width(), header.height()));
      }
      return VocAnnotation.imageSize(annotationFile(root, id));
    }

    @Override
    public Optional<LabelMask> mask() {
      if (mask == null) {
        return Optional.empty();
      }
      LabelMask read = LabelMask.read(mask, classes);
      ImageFile.misfit(file, read.width(), read.height())
          .ifPresent(
              misfit -> {
                throw new DatasetException(
                    mask,
                    "size",
                    "the mask has " + misfit + "; create the mask from this image",
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
