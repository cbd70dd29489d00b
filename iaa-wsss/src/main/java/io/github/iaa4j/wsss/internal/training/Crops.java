package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;

/**
 * How crops for training are cut from images.
 *
 * @param size of a crop, a square, in pixels
 * @param imageSize the long side in pixels of an image at scale 1
 * @param minScale the smallest scale that is drawn, above 0
 * @param maxScale the largest scale that is drawn, at least {@code minScale}
 * @param normalization of the pixels
 */
record Crops(
    int size, int imageSize, double minScale, double maxScale, Normalization normalization) {

  /** The long side in pixels up to which an image loses nothing that a crop would show. */
  int longSide() {
    return (int) Math.ceil(imageSize * maxScale);
  }
}
