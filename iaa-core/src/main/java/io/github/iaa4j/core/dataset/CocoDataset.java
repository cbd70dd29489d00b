package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.FileNames;
import java.awt.Dimension;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A data set in the layout of COCO: a folder of images and an {@code instances_*.json}.
 *
 * <p><b>Classes</b> are the categories in the order of their ids, so that person is the first of
 * COCO's 80. The id of an image is its {@code file_name} without the extension.
 *
 * <p><b>Labels</b> of an image are the categories of its annotations, including crowds ({@code
 * iscrowd} 1): that is how the label files of weakly supervised work were made. An image without
 * annotations is kept, with no label.
 *
 * <p><b>Masks</b> are rasterised when they are asked for, to the pixels that pycocotools gives.
 * Where objects overlap, the one with the smaller {@code area} is on top; of two equal ones, the
 * first. That is the rule of the VOC-style COCO masks that weakly supervised work evaluates on.
 * Nothing is void. An image one of whose annotations has no outline that encloses a pixel (no
 * {@code segmentation}, an empty one, a box, fewer than three points, points on one line, fractions
 * of the image's size) has no mask. An image without annotations is all background; if no image of
 * the file has any, none has a mask. A category {@code background} is not a class: it and its
 * annotations are left out.
 *
 * <p>The file is streamed: opening reads the labels, counts malformed outlines and checks that each
 * image exists. Reading the first mask reads the file once more and keeps the outlines, about a
 * third of the file's size. So does {@link #notices()}, to compare some masks with their labels, if
 * the file has at most 64 MiB.
 */
public final class CocoDataset implements LabeledDataset {

  /** Files up to this many bytes are read for masks before anybody asks for one: in a second. */
  private static final long MAX_READ_TWICE = 64 << 20;

  private final Path imageFolder;
  private final Path instancesJson;
  private final List<String> classNames;
  private final List<Long> categoryIds;
  private final Set<Long> backgroundIds = new HashSet<>();
  private final List<CocoImage> images;
  private final boolean isAnnotated;
  private final Notices opening;
  private @Nullable List<DatasetNotice> notices;
  private @Nullable Map<Long, List<Annotation>> annotations;

  /**
   * Opens a data set.
   *
   * @param imageFolder the folder that the file names are in, such as {@code val2014}
   * @param instancesJson such as {@code annotations/instances_val2014.json}
   * @throws DatasetException if the file is missing, malformed, repeats an id, or names a category
   *     or an image that does not exist
   */
  public static CocoDataset open(Path imageFolder, Path instancesJson) {
    return new CocoDataset(imageFolder, instancesJson);
  }

  private CocoDataset(Path imageFolder, Path instancesJson) {
    this.imageFolder = imageFolder;
    this.instancesJson = instancesJson;
    Index index = new Index();
    CocoJson.read(instancesJson, false, index);
    this.classNames =
        ClassList.requireClasses(
            instancesJson, "$.categories", List.copyOf(index.categories.values()));
    this.categoryIds = List.copyOf(index.categories.keySet());
    Map<Long, BitSet> labels = index.labels();
    Map<String, VocImageFiles> siblings = new HashMap<>();
    for (CocoImage image : index.images) {
      requireFile(image, siblings, index.notices);
      image.labels =
          labels.getOrDefault(image.key, new BitSet()).stream().mapToObj(classNames::get).toList();
    }
    if (index.images.isEmpty()) {
      throw fault("$.images", "lists no image; give the file of a split that has some");
    }
    this.isAnnotated = labels.values().stream().anyMatch(classes -> !classes.isEmpty());
    this.images = List.copyOf(index.images);
    index.addNotices();
    this.opening = index.notices;
    opening.addClassesWithoutImages(this);
  }

  private void requireFile(CocoImage image, Map<String, VocImageFiles> siblings, Notices notices) {
    String fault = FileNames.fault(image.fileName);
    if (fault != null) {
      throw new DatasetException(instancesJson, "image " + image.key, fault, null);
    }
    if (!Files.isRegularFile(image.file)) {
      image.file = otherFile(image, siblings, notices);
    }
  }

  /**
   * The file of an image that is not where the list has it: under another extension, or without the
   * folder's own name before it.
   */
  private Path otherFile(CocoImage image, Map<String, VocImageFiles> siblings, Notices notices) {
    Path listed = image.file;
    int slash = image.id.lastIndexOf('/');
    String parent = image.id.substring(0, Math.max(slash, 0));
    String stem = image.id.substring(slash + 1);
    String instead = "";
    if (Files.isDirectory(imageFolder.resolve(parent))) {
      VocImageFiles files =
          siblings.computeIfAbsent(parent, folder -> new VocImageFiles(imageFolder, folder));
      Path other = Files.isDirectory(listed) ? null : files.onlyImage(listed, stem);
      if (other != null) {
        String name = String.valueOf(other.getFileName());
        notices.add(Kind.OTHER_EXTENSION, name.substring(Math.max(0, name.lastIndexOf('.'))), name);
        return other;
      }
      instead = files.similar(stem).orElse("");
    }
    int first = image.fileName.indexOf('/');
    String inside = image.fileName.substring(first + 1);
    Path shorter = imageFolder.resolve(inside);
    if (first > 0 && Files.isRegularFile(shorter)) {
      String leading = image.fileName.substring(0, first);
      if (imageFolder.toAbsolutePath().normalize().endsWith(leading)) {
        return shorter;
      }
      instead =
          "the image folder holds "
              + inside
              + " itself; take "
              + leading
              + "/ out of each file_name, or put the images into a folder of that name";
    }
    throw new DatasetException(
        listed,
        null,
        (Files.isDirectory(listed) ? "is a folder" : "there is no such file")
            + ", but "
            + instancesJson
            + " lists it; "
            + (instead.isEmpty()
                ? "give the folder that holds the images, or copy the image"
                : instead),
        null);
  }

  /** The names of the categories in the order of their ids, without {@code background}. */
  @Override
  public List<String> classNames() {
    return classNames;
  }

  /** The images in the order of the file's {@code images}. */
  @Override
  public List<LabeledImage> images() {
    return List.copyOf(images);
  }

  /**
   * {@inheritDoc}
   *
   * <p>The first call reads some images, and some masks where the file has at most 64 MiB; later
   * calls return the same list.
   */
  @Override
  public synchronized List<DatasetNotice> notices() {
    if (notices == null) {
      SampleCheck.turned(images, CocoImage::isTurned, opening);
      if (instancesJson.toFile().length() <= MAX_READ_TWICE) {
        SampleCheck.masks(images, classNames, opening);
      }
      notices = opening.toList();
    }
    return notices;
  }

  /** The file and the number of images. */
  @Override
  public String toString() {
    return "CocoDataset[" + instancesJson + ", " + images.size() + " images]";
  }

  private DatasetException fault(String field, String problem) {
    return new DatasetException(instancesJson, field, problem, null);
  }

  /** The class of a category, or a negative number if there is no such category. */
  private int classIndex(long categoryId) {
    return Collections.binarySearch(categoryIds, categoryId);
  }

  private record Annotation(int classIndex, @Nullable CocoOutline outline) {
    double area() {
      return Objects.requireNonNull(outline).area();
    }
  }

  private synchronized List<Annotation> annotations(long image) {
    if (annotations == null) {
      Map<Long, List<Annotation>> read = new HashMap<>();
      CocoJson.read(
          instancesJson,
          true,
          new CocoJson.Visitor() {
            @Override
            public void annotation(
                String field,
                long imageId,
                long categoryId,
                @Nullable CocoOutline outline,
                boolean crowd) {
              if (backgroundIds.contains(categoryId)) {
                return;
              }
              int classIndex = classIndex(categoryId);
              if (classIndex < 0) {
                throw fault(field, "was changed after the file was opened; open it again");
              }
              read.computeIfAbsent(imageId, ignored -> new ArrayList<>())
                  .add(new Annotation(classIndex, outline));
            }
          });
      annotations = read;
    }
    return annotations.getOrDefault(image, List.of());
  }

  /** A run-length outline and the size of image that it is for. */
  private record Sized(long imageId, String field, Dimension size) {}

  /** What opening gathers. Lists may come in any order, so references are checked at the end. */
  private final class Index implements CocoJson.Visitor {

    final List<CocoImage> images = new ArrayList<>();
    final SortedMap<Long, String> categories = new TreeMap<>();
    private final Set<Long> keys = new HashSet<>();
    private final Set<String> ids = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    private final Map<Long, Set<Long>> objects = new HashMap<>();
    private final Set<Long> withSingles = new HashSet<>();
    private final Notices notices = new Notices();
    private @Nullable String background;
    private int total;
    private int boxes;
    private String firstBox = "";
    private int malformed;
    private String firstMalformed = "";
    private final List<Sized> sized = new ArrayList<>();
    private final Map<Long, String> firstUseOfImage = new LinkedHashMap<>();
    private final Map<Long, String> firstUseOfCategory = new LinkedHashMap<>();

    @Override
    public void image(String field, long key, String listed, int width, int height) {
      // Windows tools write the folders of a name that way.
      String fileName = listed.replace('\\', '/');
      if (!RelativePath.staysInside(fileName)) {
        throw fault(
            field + ".file_name",
            ListFile.quoted(listed)
                + " is not a path inside the image folder, with / between folders; fix it");
      }
      if (!keys.add(key)) {
        throw fault(field + ".id", "another image has the id " + key + " too; take one out");
      }
      CocoImage image = new CocoImage(key, fileName, width, height);
      if (!ids.add(image.id)) {
        throw fault(
            field + ".file_name",
            "another image is called " + ListFile.quoted(image.id) + " too; take one out");
      }
      images.add(image);
    }

    @Override
    public void category(String field, long id, String name) {
      if (ClassList.isBackground(name)) {
        backgroundIds.add(id);
        background = name;
        return;
      }
      if (categories.put(id, name) != null) {
        throw fault(field + ".id", "another category has the id " + id + " too; take one out");
      }
      if (!names.add(name)) {
        throw fault(
            field + ".name",
            "another category is called " + ListFile.quoted(name) + " too; rename one");
      }
    }

    @Override
    public void annotation(
        String field, long imageId, long categoryId, @Nullable CocoOutline outline, boolean crowd) {
      objects.computeIfAbsent(imageId, ignored -> new HashSet<>()).add(categoryId);
      firstUseOfImage.putIfAbsent(imageId, field);
      firstUseOfCategory.putIfAbsent(categoryId, field);
      total++;
      String problem = outline == null ? null : outline.problem();
      if (outline != null && problem != null) {
        addMalformed(outline.field(), problem);
      } else if (outline == null || !outline.encloses()) {
        notices.add(Kind.OBJECTS_WITHOUT_OUTLINE, "", field);
      } else if (outline.isBox()) {
        boxes++;
        firstBox = firstBox.isEmpty() ? field : firstBox;
      }
      if (outline != null && problem == null) {
        outline
            .statedSize()
            .ifPresent(size -> sized.add(new Sized(imageId, outline.field(), size)));
      }
      if (!crowd) {
        withSingles.add(imageId);
      }
    }

    private void addMalformed(String field, String problem) {
      malformed++;
      firstMalformed = firstMalformed.isEmpty() ? field + ": " + problem : firstMalformed;
    }

    /** What is known when the whole file was read. */
    void addNotices() {
      Map<Long, CocoImage> byKey = new HashMap<>();
      images.forEach(image -> byKey.put(image.key, image));
      for (Sized outline : sized) {
        CocoImage image = Objects.requireNonNull(byKey.get(outline.imageId()));
        if (!outline.size().equals(new Dimension(image.width, image.height))) {
          addMalformed(
              outline.field(),
              CocoOutline.otherSize(outline.size(), new Dimension(image.width, image.height)));
        }
      }
      if (malformed != 0) {
        notices.addAll(Kind.MALFORMED_OUTLINES, firstMalformed, "", malformed, total);
      }
      for (CocoImage image : images) {
        if (!objects.containsKey(image.key)) {
          notices.add(Kind.IMAGES_WITHOUT_ANNOTATIONS, "", image.fileName, images.size());
        }
      }
      if (background != null) {
        int labels = 0;
        for (Set<Long> ofImage : objects.values()) {
          labels += Collections.disjoint(ofImage, backgroundIds) ? 0 : 1;
        }
        notices.count(Kind.BACKGROUND_LEFT_OUT, background, labels);
      }
      // Some objects are boxes; where most are, somebody made outlines of boxes.
      if (2 * boxes > total) {
        notices.addAll(Kind.OUTLINES_THAT_ARE_BOXES, "", firstBox, boxes, total);
      }
      for (CocoImage image : images) {
        if (objects.containsKey(image.key) && !withSingles.contains(image.key)) {
          notices.add(Kind.CROWDS_ALONE, "", image.fileName);
        }
      }
    }

    /** The classes of each image that has annotations. */
    Map<Long, BitSet> labels() {
      firstUseOfCategory.forEach(
          (id, field) -> {
            if (classIndex(id) < 0 && !backgroundIds.contains(id)) {
              throw fault(field + ".category_id", id + " is none of the file's categories; fix it");
            }
          });
      firstUseOfImage.forEach(
          (id, field) -> {
            if (!keys.contains(id)) {
              throw fault(field + ".image_id", id + " is none of the file's images; fix it");
            }
          });
      Map<Long, BitSet> labels = new HashMap<>();
      objects.forEach(
          (image, categories) -> {
            BitSet classes = new BitSet();
            for (long category : categories) {
              if (!backgroundIds.contains(category)) {
                classes.set(classIndex(category));
              }
            }
            labels.put(image, classes);
          });
      return labels;
    }
  }

  private final class CocoImage implements LabeledImage {

    private final long key;
    private final String id;
    private final String fileName;
    private final int width;
    private final int height;
    private Path file;
    private List<String> labels = List.of();

    CocoImage(long key, String fileName, int width, int height) {
      this.key = key;
      this.id = RelativePath.withoutExtension(fileName);
      this.fileName = fileName;
      this.file = imageFolder.resolve(fileName);
      this.width = width;
      this.height = height;
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
      return false;
    }

    @Override
    public RgbImage image() {
      return ImageFile.readRgb(file, this::statedSize);
    }

    boolean isTurned() {
      return ImageFile.isTurned(file, this::statedSize);
    }

    private Optional<Dimension> statedSize() {
      return Optional.of(new Dimension(width, height));
    }

    @Override
    public Optional<LabelMask> mask() {
      List<Annotation> objects = new ArrayList<>(annotations(key));
      if (!isAnnotated || objects.stream().anyMatch(object -> object.outline() == null)) {
        return Optional.empty();
      }
      ImageFile.misfit(file, width, height)
          .ifPresent(
              misfit -> {
                throw fault(
                    "image " + key, "states " + misfit + "; take the image that was annotated");
              });
      // The sort is stable: after the reversal, the first of two equals is drawn last.
      Collections.reverse(objects);
      objects.sort(Comparator.comparingDouble(Annotation::area).reversed());
      LabelMask mask = new LabelMask(width, height, new byte[width * height]);
      boolean complete = true;
      for (Annotation object : objects) {
        CocoOutline outline = Objects.requireNonNull(object.outline());
        String problem = outline.problem(width, height);
        if (problem != null) {
          throw fault(outline.field(), problem);
        }
        complete &= outline.rasterize(mask, object.classIndex() + 1);
      }
      return complete ? Optional.of(mask) : Optional.empty();
    }

    @Override
    public String toString() {
      return "CocoImage[" + id + ", " + labels + "]";
    }
  }
}
