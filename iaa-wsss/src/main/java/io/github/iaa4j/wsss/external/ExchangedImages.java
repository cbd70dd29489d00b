package io.github.iaa4j.wsss.external;

import io.github.iaa4j.core.dataset.ImageEncoding;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocWriter;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.DatasetException;
import io.github.iaa4j.core.internal.Sha256;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Images in VOC's layout for a program to read, and the masks that it writes for them.
 *
 * <p>An image keeps its id as its name if that can name a file and no other image has it, on file
 * systems that ignore case too. Else it gets a number in the form of VOC's ids.
 */
final class ExchangedImages {

  private record Size(int width, int height) {}

  private record Exchanged(String name, Size size) {}

  private final Path root;
  private final String split;
  private final int classCount;
  private final MessageDigest digest = Sha256.digest();
  private final Map<String, Exchanged> byId = new LinkedHashMap<>();

  private ExchangedImages(Path root, String split, int classCount) {
    this.root = root;
    this.split = split;
    this.classCount = classCount;
  }

  /**
   * Writes images.
   *
   * @param isLabeled whether the program may know the labels; masks are never written
   * @throws CancelledException if the thread is interrupted
   */
  static ExchangedImages write(
      Path root,
      List<String> classNames,
      List<? extends LabeledImage> images,
      boolean isLabeled,
      ImageEncoding encoding) {
    ExchangedImages exchanged =
        new ExchangedImages(root, isLabeled ? "train" : "test", classNames.size());
    VocWriter writer = new VocWriter(root, classNames, encoding);
    Map<String, String> names = names(images);
    Map<String, List<String>> labels = new LinkedHashMap<>();
    for (LabeledImage image : images) {
      if (Thread.currentThread().isInterrupted()) {
        throw new CancelledException(
            root + ": writing the images for the program was cancelled", null);
      }
      String name = Objects.requireNonNull(names.get(image.id()));
      RgbImage pixels = image.image();
      List<String> known = isLabeled ? image.labels() : List.of();
      if (isLabeled && image.generated()) {
        writer.addGenerated(name, pixels, known);
      } else {
        writer.add(name, pixels, known);
      }
      labels.put(name, known);
      exchanged.update(image, pixels, known);
      exchanged.byId.put(
          image.id(), new Exchanged(name, new Size(pixels.width(), pixels.height())));
    }
    writer.writeSplit(exchanged.split, labels);
    return exchanged;
  }

  private void update(LabeledImage image, RgbImage pixels, List<String> labels) {
    List<Object> said =
        List.of(image.id(), labels, image.generated(), pixels.width(), pixels.height());
    digest.update(said.toString().getBytes(StandardCharsets.UTF_8));
    digest.update(pixels.pixels());
  }

  /** The checksum of the ids, labels and pixels. Must be called once. */
  String sha256() {
    return Sha256.hex(digest);
  }

  /**
   * @throws IllegalArgumentException if two images have one id, because one would get the mask of
   *     the other
   */
  static void requireDistinctIds(List<? extends LabeledImage> images) {
    Set<String> ids = new HashSet<>();
    for (LabeledImage image : images) {
      if (!ids.add(image.id())) {
        throw new IllegalArgumentException(
            "two of the images to be segmented have the id "
                + image.id()
                + "; give each image an id of its own");
      }
    }
  }

  private static Map<String, String> names(List<? extends LabeledImage> images) {
    Map<String, String> names = new LinkedHashMap<>();
    Set<String> taken = new HashSet<>();
    for (LabeledImage image : images) {
      if (VocWriter.isFileName(image.id()) && taken.add(image.id().toLowerCase(Locale.ROOT))) {
        names.put(image.id(), image.id());
      }
    }
    int number = 0;
    for (LabeledImage image : images) {
      while (!names.containsKey(image.id())) {
        String name = String.format(Locale.ROOT, "0000_%06d", ++number);
        if (taken.add(name)) {
          names.put(image.id(), name);
        }
      }
    }
    return names;
  }

  /** The paths of a command, by placeholder. */
  Map<String, String> placeholders(Path model) {
    return Map.of(
        "{data}", path(root),
        "{split}", split,
        "{images}", path(root.resolve("JPEGImages")),
        "{masks}", path(masks()),
        "{model}", path(model));
  }

  private static String path(Path path) {
    return path.toAbsolutePath().toString();
  }

  Path masks() {
    return root.resolve("masks");
  }

  private Path maskFile(Exchanged image) {
    return masks().resolve(image.name() + ".png");
  }

  /**
   * @throws io.github.iaa4j.core.error.ModelException if the program left out masks
   */
  void requireAll(ProgramCall call) {
    List<Path> missing =
        byId.values().stream().map(this::maskFile).filter(file -> !Files.exists(file)).toList();
    if (!missing.isEmpty()) {
      throw call.failure(
          missing.get(0),
          "the program wrote no mask for "
              + missing.size()
              + " of "
              + byId.size()
              + " images, and this is the first that is missing",
          "It must write NAME.png into {masks} for each NAME in {data}/ImageSets/Segmentation/"
              + split
              + ".txt.",
          null);
    }
  }

  /**
   * The mask of one of the images.
   *
   * @throws io.github.iaa4j.core.error.ModelException if the program's file is not such a mask
   */
  LabelMask mask(LabeledImage image, ProgramCall call) {
    Exchanged exchanged = byId.get(image.id());
    if (exchanged == null) {
      throw new IllegalArgumentException(
          image.id() + " is not among the images that were given to be segmented");
    }
    Path file = maskFile(exchanged);
    LabelMask mask;
    try {
      mask = LabelMask.read(file, classCount);
    } catch (DatasetException e) {
      String where = e.field() == null ? "" : " (" + e.field() + ")";
      throw call.failure(
          file,
          "the program's mask is invalid" + where + ": " + e.problem(),
          "Each pixel must be 0 for background, k for the class in line k of {data}/classes.txt, or"
              + " 255 for void, in a PNG with a palette or in 8-bit grey.",
          e);
    }
    Size size = exchanged.size();
    if (mask.width() != size.width() || mask.height() != size.height()) {
      throw call.failure(
          file,
          "the program's mask is "
              + mask.width()
              + " x "
              + mask.height()
              + ", but its image is "
              + size.width()
              + " x "
              + size.height(),
          "Resize class probabilities, or the mask with nearest neighbours, to the image's size"
              + " before it is saved.",
          null);
    }
    return mask;
  }
}
