package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
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
}
