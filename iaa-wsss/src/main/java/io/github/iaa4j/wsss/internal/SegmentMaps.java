package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.internal.Graph;

/**
 * Masks from an exported segmenter, which reads an image at {@code size x size} pixels. Safe for
 * use by several threads.
 */
public final class SegmentMaps {

  private final Graph segmenter;
  private final int classes;
  private final int size;

  /**
   * @param classes without background
   * @param size a multiple of {@link ModelFormat#STRIDE}
   */
  public SegmentMaps(Graph segmenter, int classes, int size) {
    this.segmenter = segmenter;
    this.classes = classes;
    this.size = size;
  }

  /** The most probable class of each pixel, averaged over the image and its mirror image. */
  public LabelMask segment(RgbImage image) {
    int side = size / ModelFormat.LOGIT_STRIDE;
    float[] logits = MirroredPair.run(segmenter, image, size, ModelFormat.LOGITS);
    int plane = side * side;
    softmax(logits, plane);
    float[] mean = new float[(1 + classes) * plane];
    for (int row = 0; row < mean.length; row += side) {
      for (int x = 0; x < side; x++) {
        mean[row + x] = logits[row + x] + logits[mean.length + row + side - 1 - x];
      }
    }
    int width = image.width();
    int height = image.height();
    float[] full = Pixels.resize(mean, 1 + classes, side, side, width, height);
    byte[] mask = new byte[width * height];
    for (int i = 0; i < mask.length; i++) {
      float best = full[i];
      for (int k = 1; k <= classes; k++) {
        float value = full[k * mask.length + i];
        if (value > best) {
          best = value;
          mask[i] = (byte) k;
        }
      }
    }
    return new LabelMask(width, height, mask);
  }

  private void softmax(float[] logits, int plane) {
    int channels = 1 + classes;
    for (int start = 0; start < logits.length; start += channels * plane) {
      for (int i = start; i < start + plane; i++) {
        float maximum = Float.NEGATIVE_INFINITY;
        for (int k = 0; k < channels; k++) {
          maximum = Math.max(maximum, logits[i + k * plane]);
        }
        float total = 0;
        for (int k = 0; k < channels; k++) {
          float value = (float) Math.exp(logits[i + k * plane] - maximum);
          logits[i + k * plane] = value;
          total += value;
        }
        for (int k = 0; k < channels; k++) {
          logits[i + k * plane] /= total;
        }
      }
    }
  }
}
