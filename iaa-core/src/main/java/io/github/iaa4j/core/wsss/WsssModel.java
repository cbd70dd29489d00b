package io.github.iaa4j.core.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.filter.ImageScorer;
import java.util.Collection;

/**
 * A trained model of weakly supervised semantic segmentation: a classifier whose class activation
 * maps (CAM; Zhou et al., <em>Learning Deep Features for Discriminative Localization</em>, CVPR
 * 2016) become pseudo masks, and a segmenter trained on those. Its classifier is also the scorer
 * that an online filter needs.
 *
 * <p>A model is open when its user gets it, and never trains; how one is trained is up to its
 * implementation. Its user closes it.
 *
 * <p>Implementations are safe for use by several threads: any method may be called while others are
 * in progress, and returns what it returns alone. A call in progress while another thread closes
 * the model ends normally or throws {@link IllegalStateException}; a later call throws it.
 */
public interface WsssModel extends ImageScorer, AutoCloseable {

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
   * The segmenter's mask, made without knowledge of labels.
   *
   * @param image of any size
   * @return a mask of the image's size
   * @throws IllegalStateException if the model is closed
   */
  LabelMask segment(RgbImage image);

  /** Releases the native models. Calling it again has no effect. */
  @Override
  void close();
}
