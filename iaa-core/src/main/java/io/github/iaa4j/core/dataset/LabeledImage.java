package io.github.iaa4j.core.dataset;

import java.util.List;
import java.util.Optional;

/** One image of a data set. Pixels are read when they are asked for, each time anew. */
public interface LabeledImage {

  /** The name of the image in its data set, unique there. */
  String id();

  /** The image-level labels, in the order of the data set's classes, each once. May be empty. */
  List<String> labels();

  /** Whether a diffusion model painted the image, so that training can weigh it. */
  boolean generated();

  /**
   * Reads the pixels: as they are stored, or turned by their EXIF orientation where only so they
   * have the size that was annotated.
   *
   * @throws io.github.iaa4j.core.error.DatasetException if the file is missing, truncated, no
   *     image, or claims more pixels than a photo has
   */
  RgbImage image();

  /**
   * Reads the mask, of the image's size, where there is one. Training never looks at it; it is for
   * evaluation.
   *
   * @throws io.github.iaa4j.core.error.DatasetException if the file is damaged, of another size
   *     than the image, or holds an index that is no class
   */
  Optional<LabelMask> mask();
}
