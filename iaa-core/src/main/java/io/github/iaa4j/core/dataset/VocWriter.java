package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.FileNames;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes a data set in the layout of PASCAL VOC 2012.
 *
 * <p>Each image becomes {@code JPEGImages/<id>.png} or {@code .jpg}, {@code Annotations/<id>.xml}
 * and, with a mask, {@code SegmentationClass/<id>.png} (palette PNG in the VOC colours: 0
 * background, k + 1 class k, 255 void; where all classes are names of VOC, VOC's own indices 1 to
 * 20, however few there are). {@link #writeSplit} then writes the lists under {@code ImageSets}.
 * Every file is written completely or not at all: it is written under a temporary name and renamed.
 *
 * <p>PNG keeps the pixels. Much training code for weakly supervised segmentation opens {@code .jpg}
 * files alone and needs {@link ImageEncoding#JPEG}.
 *
 * <p>Images may be added from several threads, each id by one of them.
 */
public final class VocWriter {

  private static final Pattern FILE_NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}_.-]*");

  /** What annotation tools write where they do not know. */
  private static final String REAL = source("Unknown", "Unknown", "Unknown");

  /** The labels of a generated image are what its prompt asked for. */
  private static final String GENERATED = source("iaa4j", "prompt", VocAnnotation.GENERATED);

  private final Path root;
  private final List<String> classNames;
  private final ImageEncoding encoding;
  private final MaskPngWriter masks;

  /**
   * A writer of PNG images.
   *
   * @param root the folder that holds {@code JPEGImages} and the others; created if missing
   * @param classNames the classes in the order of the mask's indices, at most 254
   * @throws StorageException if the folders cannot be created
   * @throws IllegalArgumentException if the classes have {@link #faults}
   */
  public VocWriter(Path root, List<String> classNames) {
    this(root, classNames, ImageEncoding.PNG);
  }

  /**
   * A writer of images in a given format.
   *
   * @param root the folder that holds {@code JPEGImages} and the others; created if missing
   * @param classNames the classes in the order of the mask's indices, at most 254
   * @param encoding of the images; masks are always PNG
   * @throws StorageException if the folders cannot be created
   * @throws IllegalArgumentException if the classes have {@link #faults}
   */
  public VocWriter(Path root, List<String> classNames, ImageEncoding encoding) {
    List<String> faults = faults(classNames);
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", faults));
    }
    this.root = root;
    this.classNames = List.copyOf(classNames);
    this.encoding = encoding;
    this.masks = new MaskPngWriter(this.classNames);
    for (String folder :
        List.of(
            "JPEGImages",
            "SegmentationClass",
            "Annotations",
            "ImageSets/Main",
            "ImageSets/Segmentation")) {
      mkdirs(root.resolve(folder));
    }
  }

  /**
   * Whether these classes can be written.
   *
   * @return one sentence per fault, empty if they can
   */
  public static List<String> faults(List<String> classNames) {
    List<String> faults = new ArrayList<>();
    if (classNames.isEmpty() || classNames.size() > LabelMask.MAX_CLASSES) {
      faults.add(
          "a mask of one byte a pixel names 1 to "
              + LabelMask.MAX_CLASSES
              + " classes, not "
              + classNames.size());
    }
    if (classNames.stream().map(name -> VocClassLists.fileName(name, "")).distinct().count()
        < classNames.size()) {
      faults.add(
          "each class needs a list of its own, but some names are the same as file names: "
              + classNames);
    }
    for (String name : classNames) {
      String fault = FileNames.fault(VocClassLists.fileName(name, ""));
      if (fault != null) {
        faults.add("the class \"" + name + "\" needs a list of its own: " + fault);
      }
    }
    return faults;
  }

  /**
   * Adds an image with its mask. Its labels are the classes in the mask, each with the box around
   * its pixels.
   *
   * @param id the file name without extension; VOC's are {@code YYYY_NNNNNN}
   * @throws StorageException if a file cannot be written
   * @throws IllegalArgumentException if the id cannot name a file, the mask is not of the image's
   *     size, or it holds an index that is not a class
   */
  public void add(String id, RgbImage image, LabelMask mask) {
    requireFileName(id);
    if (mask.width() != image.width() || mask.height() != image.height()) {
      throw new IllegalArgumentException(
          "the mask of "
              + id
              + " is "
              + mask.width()
              + " x "
              + mask.height()
              + ", its image "
              + image.width()
              + " x "
              + image.height());
    }
    SortedMap<Integer, int[]> boxes = boxes(id, mask);
    writeImage(id, encoding.encode(image));
    write("SegmentationClass/" + id + ".png", masks.png(mask));
    StringBuilder objects = new StringBuilder();
    boxes.forEach((k, box) -> objects.append(object(classNames.get(k), box)));
    writeAnnotation(id, image.width(), image.height(), REAL, objects, true);
  }

  /**
   * Adds a real image with labels and without a mask.
   *
   * @param id the file name without extension; VOC's are {@code YYYY_NNNNNN}
   * @param labels names of classes, each once
   * @throws StorageException if a file cannot be written
   * @throws IllegalArgumentException if the id cannot name a file or a label is not a class
   */
  public void add(String id, RgbImage image, List<String> labels) {
    requireFileName(id);
    StringBuilder objects = new StringBuilder();
    for (String label : labels) {
      requireClass(id, label);
      objects.append(object(label, null));
    }
    writeImage(id, encoding.encode(image));
    writeAnnotation(id, image.width(), image.height(), REAL, objects, false);
  }

  /**
   * Adds an image that a diffusion model generated. It has labels and no mask, and its XML says
   * that it is generated, which {@link VocDataset} reads.
   *
   * <p>Some training code opens a mask for every image and drops it again, or takes the labels from
   * it. For that code {@code SegmentationClass/<id>.png} and {@code SegmentationClassAug/<id>.png}
   * are void everywhere but for one pixel per label.
   *
   * @param id the file name without extension; code that packs ids into 32 bits needs VOC's form,
   *     {@code YYYY_NNNNNN}, up to {@code 2147_483647}
   * @param labels names of classes, each once
   * @throws StorageException if a file cannot be written
   * @throws IllegalArgumentException if the id cannot name a file or a label is not a class
   */
  public void addGenerated(String id, RgbImage image, List<String> labels) {
    addGenerated(id, encoding.encode(image), image.width(), image.height(), labels);
  }

  /**
   * As {@link #addGenerated(String, RgbImage, List)}, for an image that is already encoded. Its
   * bytes become the file as they are.
   *
   * @param file in this writer's encoding
   * @throws StorageException if a file cannot be written
   * @throws IllegalArgumentException if the id cannot name a file, a label is not a class, or the
   *     bytes are not an image of this encoding
   */
  public void addGenerated(String id, byte[] file, List<String> labels) {
    RgbImage image = encoding.decode(file);
    addGenerated(id, file, image.width(), image.height(), labels);
  }

  private void addGenerated(String id, byte[] file, int width, int height, List<String> labels) {
    requireFileName(id);
    byte[] indices = new byte[width * height];
    Arrays.fill(indices, (byte) LabelMask.VOID);
    StringBuilder objects = new StringBuilder();
    int at = 0;
    for (String label : labels) {
      int k = requireClass(id, label);
      if (at == indices.length) {
        throw new IllegalArgumentException(
            id + " has more labels than pixels, so its placeholder cannot show them");
      }
      indices[at++] = (byte) (k + 1);
      objects.append(object(label, null));
    }
    mkdirs(root.resolve("SegmentationClassAug"));
    writeImage(id, file);
    byte[] placeholder = masks.png(new LabelMask(width, height, indices));
    write("SegmentationClass/" + id + ".png", placeholder);
    write("SegmentationClassAug/" + id + ".png", placeholder);
    writeAnnotation(id, width, height, GENERATED, objects, false);
  }

  private int requireClass(String id, String label) {
    int k = classNames.indexOf(label);
    if (k < 0) {
      throw new IllegalArgumentException(
          id + " has the label \"" + label + "\", which is none of " + classNames);
    }
    return k;
  }

  /** Whether an image of this id, or a split of this name, can be written. */
  public static boolean isFileName(String name) {
    return FILE_NAME.matcher(name).matches() && FileNames.fault(name) == null;
  }

  /**
   * Writes {@code ImageSets/Segmentation/<split>.txt}, {@code ImageSets/Main/<split>.txt} and, for
   * each class, {@code ImageSets/Main/<class>_<split>.txt} with 1 or -1 for each image; in its
   * name, characters that file names cannot have are underscores. {@code classes.txt} keeps the
   * order of the classes, one a line.
   *
   * @param labels the labels of each image of the split, by id; the lists keep the map's order
   * @throws StorageException if a file cannot be written
   */
  public void writeSplit(String split, Map<String, List<String>> labels) {
    requireFileName(split);
    StringBuilder ids = new StringBuilder();
    labels.keySet().forEach(id -> ids.append(id).append('\n'));
    write("ImageSets/Segmentation/" + split + ".txt", utf8(ids));
    write("ImageSets/Main/" + split + ".txt", utf8(ids));
    for (String name : classNames) {
      StringBuilder lines = new StringBuilder();
      labels.forEach(
          (id, present) -> lines.append(id).append(present.contains(name) ? "  1\n" : " -1\n"));
      write("ImageSets/Main/" + VocClassLists.fileName(name, split), utf8(lines));
    }
    write(ClassList.CLASSES_FILE, utf8(String.join("\n", classNames) + "\n"));
  }

  private SortedMap<Integer, int[]> boxes(String id, LabelMask mask) {
    SortedMap<Integer, int[]> boxes = new TreeMap<>();
    for (int y = 0; y < mask.height(); y++) {
      for (int x = 0; x < mask.width(); x++) {
        int index = mask.at(x, y);
        if (index == 0 || index == LabelMask.VOID) {
          continue;
        }
        if (index > classNames.size()) {
          throw new IllegalArgumentException(
              "the mask of "
                  + id
                  + " holds index "
                  + index
                  + " but there are only "
                  + classNames.size()
                  + " classes");
        }
        int[] box = boxes.computeIfAbsent(index - 1, k -> new int[] {1 << 30, 1 << 30, 0, 0});
        // VOC counts pixels from 1, both ends included.
        box[0] = Math.min(box[0], x + 1);
        box[1] = Math.min(box[1], y + 1);
        box[2] = Math.max(box[2], x + 1);
        box[3] = Math.max(box[3], y + 1);
      }
    }
    return boxes;
  }

  private static String object(String name, int @Nullable [] box) {
    String bounds =
        box == null
            ? ""
            : String.format(
                Locale.ROOT,
                "<bndbox><xmin>%d</xmin><ymin>%d</ymin><xmax>%d</xmax><ymax>%d</ymax></bndbox>",
                box[0],
                box[1],
                box[2],
                box[3]);
    return "  <object><name>"
        + escaped(name)
        + "</name><difficult>0</difficult>"
        + bounds
        + "</object>\n";
  }

  private void writeImage(String id, byte[] file) {
    // Written in the other format before, it would make two images of one id.
    for (ImageEncoding other : ImageEncoding.values()) {
      if (other != encoding) {
        delete(root.resolve("JPEGImages/" + id + "." + other.extension()));
      }
    }
    write("JPEGImages/" + id + "." + encoding.extension(), file);
  }

  private void writeAnnotation(
      String id, int width, int height, String source, CharSequence objects, boolean segmented) {
    String xml =
        "<annotation>\n  <filename>"
            + id
            + "."
            + encoding.extension()
            + "</filename>\n"
            + source
            + "  <size><width>"
            + width
            + "</width><height>"
            + height
            + "</height><depth>3</depth></size>\n"
            + "  <segmented>"
            + (segmented ? 1 : 0)
            + "</segmented>\n"
            + objects
            + "</annotation>\n";
    write("Annotations/" + id + ".xml", utf8(xml));
  }

  private static String source(String database, String annotation, String image) {
    return "  <source><database>"
        + database
        + "</database><annotation>"
        + annotation
        + "</annotation><image>"
        + image
        + "</image></source>\n";
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
  }

  /** An id or a split becomes part of file names, so it must not lead to another folder. */
  private static void requireFileName(String name) {
    if (!FILE_NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "\""
              + name
              + "\" cannot name a file of a VOC data set: it must be letters, digits and any of"
              + " _ - . only, and begin with a letter or digit");
    }
    String fault = FileNames.fault(name);
    if (fault != null) {
      throw new IllegalArgumentException(fault);
    }
  }

  private void write(String name, byte[] bytes) {
    AtomicFiles.writeUnforced(root.resolve(name), bytes);
  }

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  private static void mkdirs(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new StorageException(
          folder,
          "the folder cannot be created (" + e + "); check the path and the permissions",
          e);
    }
  }

  private static byte[] utf8(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
