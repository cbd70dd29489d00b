package io.github.iaa4j.wsss.internal;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.InputScaling.Size;
import java.util.Arrays;
import java.util.Map;
import java.util.function.BiConsumer;

/** An image and its mirror image as one batch: test-time augmentation by flipping. */
final class MirroredPair {

  private final Graph network;
  private final InputScaling scaling;

  MirroredPair(Graph network, InputScaling scaling) {
    this.network = network;
    this.scaling = scaling;
  }

  /**
   * Runs the network on an image and its mirror image.
   *
   * @param scale of the input
   * @param output the name of an output of one number for each channel
   * @return {@code [2, channels]}; owned by the caller
   */
  float[] vectors(RgbImage image, double scale, String output) {
    return run(image, scale, output).values();
  }

  /**
   * Runs the network on an image and its mirror image, and adds what it gives for the latter,
   * mirrored back, to what it gives for the former.
   *
   * @param scale of the input
   * @param output the name of an output of one map for each channel
   * @param channels how many there are
   * @param activation changes the values, {@code [2, channels, height, width]}, before they are
   *     added; its second argument is height times width
   * @return as the network's strides have it; owned by the caller
   * @throws ModelException if the output has another shape
   */
  Planes maps(
      RgbImage image,
      double scale,
      String output,
      int channels,
      BiConsumer<float[], Integer> activation) {
    Graph.Values both = run(image, scale, output);
    long[] shape = both.shape();
    if (shape.length != 4 || shape[0] != 2 || shape[1] != channels) {
      throw new ModelException(
          network.file(),
          output,
          "has the shape "
              + Arrays.toString(shape)
              + " for two images, but must have [2, "
              + channels
              + ", height, width]",
          null);
    }
    int height = Math.toIntExact(shape[2]);
    int width = Math.toIntExact(shape[3]);
    int plane = width * height;
    float[] values = both.values();
    activation.accept(values, plane);
    float[][] sums = new float[channels][plane];
    for (int k = 0; k < channels; k++) {
      for (int row = 0; row < plane; row += width) {
        int own = k * plane + row;
        int mirrored = (channels + k) * plane + row + width - 1;
        for (int x = 0; x < width; x++) {
          sums[k][row + x] = values[own + x] + values[mirrored - x];
        }
      }
    }
    return new Planes(width, height, sums);
  }

  private Graph.Values run(RgbImage image, double scale, String output) {
    Size size = scaling.input(image.width(), image.height(), scale);
    if (size.pixels() * 2 * 3 * Float.BYTES > Integer.MAX_VALUE) {
      throw new ConfigurationException(
          "an image of "
              + image.width()
              + " x "
              + image.height()
              + " pixels is too large for the network at "
              + size
              + "; give an image size, or use smaller scales");
    }
    long[] shape = {2, 3, size.height(), size.width()};
    try (FloatTensor images = new FloatTensor(network, shape, OnnxJavaType.FLOAT)) {
      float[] planes = Pixels.planes(image, size);
      scaling.normalise(planes);
      images.put(0, planes);
      images.put(planes.length, Pixels.flip(planes, size.width()));
      return network.compute(Map.of(ModelFormat.INPUT, images), output);
    }
  }
}
