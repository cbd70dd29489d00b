package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.internal.Description;
import java.util.List;

/**
 * Gives the probability of each class in an image: a WSSS classifier, CLIP, a vision language
 * model. Safe for use by many threads, and the same image gives the same scores in any company.
 */
public interface ImageScorer {

  /** The classes, in the order of the scores. */
  List<String> classNames();

  /**
   * Scores one image of any size.
   *
   * @return {@code [classes]}, each in [0, 1], independent of one another (multi-label); owned by
   *     the caller
   */
  float[] score(RgbImage image);

  /**
   * What scores, for the run's files: two scorers that would score an image differently should have
   * different texts, and one scorer the same text in every process. A run goes on only with the
   * text that it began with. The default names the class.
   */
  default String describe() {
    return Description.ofClass(getClass());
  }
}
