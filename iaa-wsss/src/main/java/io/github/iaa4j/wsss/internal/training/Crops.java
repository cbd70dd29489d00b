package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;

/**
 * How crops for training are cut from images.
 *
 * @param size of a crop, a square, in pixels
 * @param imageSize the long side in pixels of an image at scale 1
 * @param minScale the smallest scale that is drawn, above 0
 * @param maxScale the largest scale that is drawn, at least {@code minScale}
 * @param maxReadScale the largest scale at which a whole image is read, such as for class maps
 * @param normalization of the pixels
 */
record Crops(
    int size,
    int imageSize,
    double minScale,
    double maxScale,
    double maxReadScale,
    Normalization normalization) {

  /** The long side in pixels up to which an image loses nothing that a network would be shown. */
  int longSide() {
    return (int) Math.ceil(imageSize * Math.max(maxScale, maxReadScale));
  }
}
