package io.github.iaa4j.core.dataset;

import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * One image of a data set. Pixels are read each time they are asked for.
 *
 * <p>An image may be read by several threads at once: training and filters work in parallel. What
 * it returns never changes and is never null.
 */
public interface LabeledImage {

  /** The name of the image in its data set, unique there. */
  String id();

  /** The image-level labels, in the order of the data set's classes, each once. May be empty. */
  List<String> labels();

  /**
   * Whether a diffusion model generated the image, so that training can weigh it. {@link VocWriter}
   * writes it into the image's annotation, from which {@link VocDataset} reads it; for the other
   * readers no image is generated.
   */
  boolean generated();

  /**
   * Reads the pixels: as they are stored, or turned by their EXIF orientation if only that gives
   * them the size that was annotated.
   *
   * @throws io.github.iaa4j.core.error.DatasetException if the file is missing, truncated, not an
   *     image, or claims more pixels than a photo has
   */
  RgbImage image();

  /**
   * Reads the mask, of the image's size, if there is one. Training never looks at it; it is for
   * evaluation.
   *
   * @throws io.github.iaa4j.core.error.DatasetException if the file is damaged, of another size
   *     than the image, or holds an index that is not a class
   */
  Optional<LabelMask> mask();

  /**
   * A real image without a mask, from wherever the caller keeps its pixels.
   *
   * @param id its name, unique in its data set
   * @param labels its classes, each once
   * @param pixels reads them; called each time that they are needed, from several threads at once
   */
  static LabeledImage of(String id, List<String> labels, Supplier<RgbImage> pixels) {
    return new SuppliedImage(id, List.copyOf(labels), pixels);
  }
}
