package io.github.iaa4j.wsss.internal;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** What a square image of the trained size has to come to, step by step and with all maps whole. */
final class SquareReference {

  private SquareReference() {}

  /** {@code [2, channels]} times whatever the output has. */
  static float[] run(Graph network, RgbImage image, int size, String output) {
    float[] planes = Pixels.resize(planes(image), 3, image.width(), image.height(), size, size);
    float[] both = new float[2 * planes.length];
    for (int i = 0; i < planes.length; i++) {
      both[i] = (planes[i] - 0.5f) * 4;
      both[planes.length + i - i % size + size - 1 - i % size] = both[i];
    }
    try (FloatTensor images =
        new FloatTensor(network, new long[] {2, 3, size, size}, OnnxJavaType.FLOAT)) {
      images.put(0, both);
      return network.run(Map.of(ModelFormat.INPUT, images), output);
    }
  }

  /** The image's maps plus those of its mirror image. */
  static float[] folded(float[] both, int side) {
    float[] folded = new float[both.length / 2];
    for (int i = 0; i < folded.length; i++) {
      folded[i] = both[i] + both[folded.length + i - i % side + side - 1 - i % side];
    }
    return folded;
  }

  static float[][] cams(
      Graph network, int classes, RgbImage image, int stride, List<Double> scales) {
    int size = image.width();
    float[] sum = new float[classes * size * size];
    for (double scale : scales) {
      int scaled = Math.max(1, (int) Math.round(size * scale / 8)) * 8;
      int side = scaled / stride;
      float[] maps = folded(run(network, image, scaled, ModelFormat.CLASS_MAPS), side);
      float[] resized = Pixels.resize(maps, classes, side, side, size, size);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += resized[i];
      }
    }
    float[][] cams = new float[classes][];
    for (int k = 0; k < classes; k++) {
      cams[k] = Arrays.copyOfRange(sum, k * size * size, (k + 1) * size * size);
      normalise(cams[k]);
    }
    return cams;
  }

  static void normalise(float[] cam) {
    float maximum = 0;
    for (float value : cam) {
      maximum = Math.max(maximum, value);
    }
    for (int i = 0; i < cam.length; i++) {
      cam[i] = maximum > 0 ? Math.max(0, cam[i]) / maximum : 0;
    }
  }

  /** Propagation by colour affinity over neighbours that are looked up one by one. */
  static float[] propagated(RgbImage image, float[] cam, int steps) {
    int width = image.width();
    int height = image.height();
    float[] planes = planes(image);
    float[] current = cam;
    for (int step = 0; step < steps; step++) {
      float[] next = new float[cam.length];
      for (int i = 0; i < next.length; i++) {
        int[] others = new int[32];
        double[] distances = new double[32];
        int n = 0;
        for (int ring : new int[] {1, 2, 4, 8}) {
          for (int dy = -ring; dy <= ring; dy += ring) {
            for (int dx = -ring; dx <= ring; dx += ring) {
              if (dx != 0 || dy != 0) {
                int x = Math.min(width - 1, Math.max(0, i % width + dx));
                int y = Math.min(height - 1, Math.max(0, i / width + dy));
                others[n] = y * width + x;
                for (int c = 0; c < 3; c++) {
                  double d = planes[c * cam.length + i] - planes[c * cam.length + others[n]];
                  distances[n] += d * d;
                }
                n++;
              }
            }
          }
        }
        double nearest = Arrays.stream(distances).min().orElseThrow();
        double total = 0;
        for (n = 0; n < 32; n++) {
          distances[n] = Math.exp((nearest - distances[n]) / (2 * 0.1 * 0.1));
          total += distances[n];
        }
        for (n = 0; n < 32; n++) {
          next[i] += (float) (distances[n] / total) * current[others[n]];
        }
      }
      current = next;
    }
    return current;
  }

  /** An image as three planes, {@code [3, H, W]}, each value in [0, 1]. */
  private static float[] planes(RgbImage image) {
    int size = image.width() * image.height();
    byte[] pixels = image.pixels();
    float[] planes = new float[3 * size];
    for (int i = 0; i < size; i++) {
      for (int c = 0; c < 3; c++) {
        planes[c * size + i] = (pixels[3 * i + c] & 0xff) / 255f;
      }
    }
    return planes;
  }
}
