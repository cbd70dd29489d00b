package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.util.Random;

/** The two networks of a training. */
interface Networks {

  /** How their images are normalised. */
  Normalization normalization();

  /** Heights and widths of what the networks read are multiples of this. */
  int inputStride();

  /** Whether the networks read images of the crops' size alone. */
  boolean isFixedInSize();

  /** Pixels of the image between two elements of the segmenter's logits. */
  int logitStride();

  /**
   * The classifier, whose loss compares its logits with image-level labels {@code [B, classes]}:
   * the image's weight for a class that it shows, minus its weight for another.
   *
   * @param random draws the weights that no file gives
   */
  Stage classifier(Random random);

  /**
   * The segmenter, whose loss compares its logits with {@code [B, 1 + classes, h, w]}, the image's
   * weight at the pixel's class and all zero where it is void.
   *
   * @param random draws the weights that no file gives
   * @param classifier after its training, whose backbone the segmenter starts from
   */
  Stage segmenter(Random random, OnnxModel classifier);
}
