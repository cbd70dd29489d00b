package io.github.iaa4j.core.dataset;

import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.FileNames;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.metadata.IIOInvalidTreeException;
import javax.imageio.metadata.IIOMetadata;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.jspecify.annotations.Nullable;
import org.w3c.dom.Element;
import org.w3c.dom.Node;

/**
 * Writes a data set in the layout of PASCAL VOC 2012.
 *
 * <p>Each image becomes {@code JPEGImages/<id>.jpg}, {@code Annotations/<id>.xml} and, with a mask,
 * {@code SegmentationClass/<id>.png} (palette PNG in the VOC colours: 0 background, k + 1 class k,
 * 255 void; where all classes are names of VOC, VOC's own indices 1 to 20, however few there are).
 * {@link #writeSplit} then writes the lists under {@code ImageSets}. Every file appears whole or
 * not at all: it is written under a temporary name and renamed.
 *
 * <p>The JPEGs are RGB at quality 0.95 without chroma subsampling, so that small images keep their
 * colours. Images may be added from several threads, each id by one of them.
 */
public final class VocWriter {

  private static final float JPEG_QUALITY = 0.95f;
  private static final Pattern FILE_NAME = Pattern.compile("[\\p{L}\\p{N}][\\p{L}\\p{N}_.-]*");

  /** Signature, length and type of the first chunk, width and height. */
  private static final int PNG_HEADER = 24;

  private static final long PNG_SIGNATURE = 0x89504e470d0a1a0aL;
  private static final int PNG_WIDTH = 16;

  private static final IndexColorModel PALETTE = palette();

  private final Path root;
  private final List<String> classNames;
  private final byte[] storedIndices = new byte[256];

  /**
   * @param root the folder that holds {@code JPEGImages} and the others; made where it is missing
   * @param classNames the classes in the order of the mask's indices, at most 254
   * @throws StorageException if the folders cannot be made
   */
  public VocWriter(Path root, List<String> classNames) {
    List<String> faults = faults(classNames);
    if (!faults.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", faults));
    }
    this.root = root;
    this.classNames = List.copyOf(classNames);
    storedIndices[LabelMask.VOID] = (byte) LabelMask.VOID;
    int[] stored = ClassList.ofVoc(this.classNames).storedIndices();
    for (int k = 0; k < stored.length; k++) {
      storedIndices[k + 1] = (byte) stored[k];
    }
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
   * @return one sentence a fault, empty where they can
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
   *     size, or it holds an index that is no class
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
    write("JPEGImages/" + id + ".jpg", jpeg(image));
    write("SegmentationClass/" + id + ".png", png(mask));
    StringBuilder objects = new StringBuilder();
    boxes.forEach((k, box) -> objects.append(object(classNames.get(k), box)));
    write(
        "Annotations/" + id + ".xml",
        annotation(id + ".jpg", image.width(), image.height(), objects, true));
  }

  /**
   * Adds an image that has labels and no mask, such as a generated one.
   *
   * <p>Some training code opens a mask for every image and drops it again, or takes the labels from
   * it. For that code {@code SegmentationClass/<id>.png} and {@code SegmentationClassAug/<id>.png}
   * are void everywhere but for one pixel a label.
   *
   * @param id the file name without extension; generated images have 2100_000001 to 2146_999999
   * @param labels names of classes
   * @throws StorageException if a file cannot be written
   * @throws IllegalArgumentException if the id cannot name a file or a label is no class
   */
  public void add(String id, RgbImage image, List<String> labels) {
    add(id, "jpg", jpeg(image), image.width(), image.height(), labels);
  }

  /**
   * Adds an image that has labels and no mask as the PNG file that it is, {@code
   * JPEGImages/<id>.png}: its pixels are exactly those of the file. Otherwise as {@link
   * #add(String, RgbImage, List)}.
   *
   * @param png a whole PNG file, copied as it is
   * @throws StorageException if a file cannot be written
   * @throws IllegalArgumentException if the id cannot name a file, a label is no class or the bytes
   *     are no PNG file
   */
  public void addGenerated(String id, byte[] png, List<String> labels) {
    ByteBuffer header = ByteBuffer.wrap(png);
    if (png.length < PNG_HEADER || header.getLong(0) != PNG_SIGNATURE) {
      throw new IllegalArgumentException("the image of " + id + " is no PNG file");
    }
    add(id, "png", png, header.getInt(PNG_WIDTH), header.getInt(PNG_WIDTH + 4), labels);
  }

  private void add(
      String id, String extension, byte[] file, int width, int height, List<String> labels) {
    requireFileName(id);
    byte[] indices = new byte[width * height];
    Arrays.fill(indices, (byte) LabelMask.VOID);
    StringBuilder objects = new StringBuilder();
    int at = 0;
    for (String label : labels) {
      int k = classNames.indexOf(label);
      if (k < 0) {
        throw new IllegalArgumentException(
            id + " has the label \"" + label + "\", which is none of " + classNames);
      }
      if (at == indices.length) {
        throw new IllegalArgumentException(
            id + " has more labels than pixels, so its placeholder cannot show them");
      }
      indices[at++] = (byte) (k + 1);
      objects.append(object(label, null));
    }
    mkdirs(root.resolve("SegmentationClassAug"));
    write("JPEGImages/" + id + "." + extension, file);
    byte[] placeholder = png(new LabelMask(width, height, indices));
    write("SegmentationClass/" + id + ".png", placeholder);
    write("SegmentationClassAug/" + id + ".png", placeholder);
    write(
        "Annotations/" + id + ".xml",
        annotation(id + "." + extension, width, height, objects, false));
  }

  /**
   * Writes {@code ImageSets/Segmentation/<split>.txt}, {@code ImageSets/Main/<split>.txt} and, for
   * each class, {@code ImageSets/Main/<class>_<split>.txt} with 1 or -1 for each image; in its
   * name, characters that no file name may have are underscores. {@code classes.txt} keeps the
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

  private static byte[] annotation(
      String fileName, int width, int height, CharSequence objects, boolean segmented) {
    return utf8(
        "<annotation>\n  <filename>"
            + fileName
            + "</filename>\n  <size><width>"
            + width
            + "</width><height>"
            + height
            + "</height><depth>3</depth></size>\n"
            + "  <segmented>"
            + (segmented ? 1 : 0)
            + "</segmented>\n"
            + objects
            + "</annotation>\n");
  }

  private byte[] jpeg(RgbImage image) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam param = writer.getDefaultWriteParam();
      param.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      param.setCompressionQuality(JPEG_QUALITY);
      BufferedImage pixels = image.toBufferedImage();
      IIOMetadata metadata =
          writer.getDefaultImageMetadata(ImageTypeSpecifier.createFromRenderedImage(pixels), param);
      withoutSubsampling(metadata);
      writer.setOutput(out);
      writer.write(null, new IIOImage(pixels, null, metadata), param);
      out.flush();
    } catch (IOException e) {
      throw new StorageException(root, "the image could not be encoded as JPEG", e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  private static void withoutSubsampling(IIOMetadata metadata) throws IIOInvalidTreeException {
    String format = metadata.getNativeMetadataFormatName();
    Node tree = metadata.getAsTree(format);
    for (Node component : descendants(tree, "componentSpec", new ArrayList<>())) {
      ((Element) component).setAttribute("HsamplingFactor", "1");
      ((Element) component).setAttribute("VsamplingFactor", "1");
    }
    metadata.setFromTree(format, tree);
  }

  private static List<Node> descendants(Node node, String name, List<Node> found) {
    if (name.equals(node.getNodeName())) {
      found.add(node);
    }
    for (Node n = node.getFirstChild(); n != null; n = n.getNextSibling()) {
      descendants(n, name, found);
    }
    return found;
  }

  private byte[] png(LabelMask mask) {
    BufferedImage image =
        new BufferedImage(mask.width(), mask.height(), BufferedImage.TYPE_BYTE_INDEXED, PALETTE);
    byte[] stored = new byte[mask.indices().length];
    for (int i = 0; i < stored.length; i++) {
      stored[i] = storedIndices[mask.indices()[i] & 0xff];
    }
    image.getRaster().setDataElements(0, 0, mask.width(), mask.height(), stored);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new StorageException(root, "the mask could not be encoded as PNG", e);
    }
    return bytes.toByteArray();
  }

  /** The VOC colour of index i spreads the bits of i over the three channels, high bits first. */
  private static IndexColorModel palette() {
    byte[][] rgb = new byte[3][256];
    for (int i = 0; i < 256; i++) {
      int bits = i;
      for (int shift = 7; bits != 0; shift--, bits >>= 3) {
        for (int channel = 0; channel < 3; channel++) {
          rgb[channel][i] |= (byte) ((bits >> channel & 1) << shift);
        }
      }
    }
    return new IndexColorModel(8, 256, rgb[0], rgb[1], rgb[2]);
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
  }

  private void write(String name, byte[] bytes) {
    Path file = root.resolve(name);
    Path temporary = root.resolve(name + ".part");
    try {
      Files.write(temporary, bytes);
      Files.move(
          temporary, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new StorageException(
          file,
          "could not be written ("
              + e
              + "); files written before it are whole. Check free space"
              + " and rights, then write the data set again",
          e);
    }
  }

  private static void mkdirs(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new StorageException(
          folder, "the folder could not be made (" + e + "); check rights and the path", e);
    }
  }

  private static byte[] utf8(CharSequence text) {
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }
}
