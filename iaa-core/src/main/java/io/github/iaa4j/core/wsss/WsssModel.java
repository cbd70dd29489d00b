package io.github.iaa4j.core.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.ImageScorer;
import java.util.Collection;
import java.util.List;

/**
 * A trained model of weakly supervised semantic segmentation: a classifier whose class activation
 * maps (CAM; Zhou et al., <em>Learning Deep Features for Discriminative Localization</em>, CVPR
 * 2016) become pseudo masks, and a segmenter trained on those. Its classifier is also the scorer
 * that an online filter needs: {@link #score} classifies.
 *
 * <p>A {@link WsssMethod} trains, saves and loads it. What holds for threads and for closing is
 * said at {@link Segmenter}.
 */
public interface WsssModel extends ImageScorer, Segmenter {

  /** The classes, without background, in the order of scores, maps and indices. */
  @Override
  List<String> classNames();

  /**
   * Class activation maps at the image's size, multi-scale and flipped, each divided by its
   * maximum.
   *
   * @param image of any size
   * @return {@code [classes][height * width]}, row by row, in the order of {@link #classNames()},
   *     each value in [0, 1]; owned by the caller
   * @throws IllegalStateException if the model is closed
   */
  float[][] cams(RgbImage image);

  /**
   * The pseudo mask of a training image: at each pixel the class with the greatest activation among
   * the image's labels, background where none exceeds the background threshold.
   *
   * @param image of any size
   * @param labels the image-level labels, among {@link #classNames()}; no other class is in the
   *     mask
   * @return a mask of the image's size
   * @throws io.github.iaa4j.core.error.ConfigurationException if a label is not a class of the
   *     model
   * @throws IllegalStateException if the model is closed
   */
  LabelMask pseudoMask(RgbImage image, Collection<String> labels);

  /**
   * The loss of each step of the classifier's training, in order; for curves in a report. Empty by
   * default, as for a method without steps.
   */
  default List<Float> classifierLosses() {
    return List.of();
  }

  /** As {@link #classifierLosses()}, of the segmenter's training. */
  default List<Float> segmenterLosses() {
    return List.of();
  }
}
