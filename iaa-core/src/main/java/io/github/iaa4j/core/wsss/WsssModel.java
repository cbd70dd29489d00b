package io.github.iaa4j.core.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.ImageScorer;
import java.util.Collection;

/**
 * A trained model of weakly supervised semantic segmentation: a classifier whose class activation
 * maps (CAM; Zhou et al., <em>Learning Deep Features for Discriminative Localization</em>, CVPR
 * 2016) become pseudo masks, and a segmenter trained on those. Its classifier is also the scorer
 * that an online filter wants.
 */
public interface WsssModel extends ImageScorer, AutoCloseable {

  /**
   * Class activation maps at the image's size, multi-scale and flipped, each divided by its maximum
   * so that it lies in [0, 1].
   *
   * @return {@code [classes][height * width]}, row by row; owned by the caller
   */
  float[][] cams(RgbImage image);

  /**
   * The pseudo mask of a training image: at each pixel the class with the greatest activation among
   * the image's labels, background where none reaches the background threshold.
   *
   * @param labels the image-level labels; others cannot appear
   */
  LabelMask pseudoMask(RgbImage image, Collection<String> labels);

  /** The segmenter's mask, without knowledge of labels, at the image's size. */
  LabelMask segment(RgbImage image);

  /** Releases the native models. May be called twice. */
  @Override
  void close();
}
