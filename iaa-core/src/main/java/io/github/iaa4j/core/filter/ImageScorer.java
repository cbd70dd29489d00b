package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.settings.Description;
import java.util.List;

/**
 * Gives the probability of each class in an image: a WSSS classifier, CLIP, a vision language
 * model. Safe for use by many threads, and an image gets the same scores whatever else is scored.
 */
public interface ImageScorer {

  /** The classes, in the order of the scores. */
  List<String> classNames();

  /**
   * Scores one image of any size.
   *
   * @return {@code [classes]}, each in [0, 1], independent of one another (multi-label); owned by
   *     the caller. An array of another length, or a value out of this range, ends the run
   */
  float[] score(RgbImage image);

  /**
   * What the scorer is and how it is set, for {@code generation.json}: a run is resumed only with a
   * scorer of the same description. Two scorers that would score an image differently must have
   * different descriptions, and a scorer must have the same one in every process.
   *
   * <p>The default names the class. That is complete for a class without fields; any other class
   * overrides this method and names its settings, such as a model's checksum.
   */
  default Description describe() {
    return Description.ofClass(this);
  }
}
