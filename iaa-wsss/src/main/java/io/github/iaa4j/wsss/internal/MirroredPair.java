package io.github.iaa4j.wsss.internal;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import java.util.Map;

/** An image and its mirror image as one batch: test-time augmentation by flipping. */
final class MirroredPair {

  private MirroredPair() {}

  /**
   * Runs a network on an image and its mirror image.
   *
   * @param size the side in pixels that the image is resized to
   * @param output the name of the output to read
   * @return the output for the image, then for the mirror image; owned by the caller
   */
  static float[] run(Graph network, RgbImage image, int size, String output) {
    long[] shape = {2, 3, size, size};
    try (FloatTensor images = new FloatTensor(network, shape, OnnxJavaType.FLOAT)) {
      images.put(0, normalised(image, size));
      return network.run(Map.of(ModelFormat.INPUT, images), output);
    }
  }

  /** {@code [2, 3, size, size]}, normalised. */
  private static float[] normalised(RgbImage image, int size) {
    float[] planes =
        Pixels.resize(Pixels.planes(image), 3, image.width(), image.height(), size, size);
    float[] both = new float[2 * planes.length];
    for (int i = 0; i < planes.length; i++) {
      both[i] = Pixels.normalise(planes[i]);
      int column = i % size;
      both[planes.length + i - column + size - 1 - column] = both[i];
    }
    return both;
  }
}
