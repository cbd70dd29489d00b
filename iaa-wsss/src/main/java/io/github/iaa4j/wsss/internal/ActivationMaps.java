package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.Collection;
import java.util.List;

/**
 * What an exported classifier sees in an image. The image is read at {@code size x size} pixels, as
 * in training, and at multiples of that.
 */
public final class ActivationMaps {

  private final OnnxNetwork classifier;
  private final int classes;
  private final int size;
  private final List<Double> scales;

  /**
   * @param size a multiple of {@link Architecture#STRIDE}
   * @param scales multiples of {@code size}
   */
  public ActivationMaps(OnnxNetwork classifier, int classes, int size, List<Double> scales) {
    this.classifier = classifier;
    this.classes = classes;
    this.size = size;
    this.scales = List.copyOf(scales);
  }

  /** The classes' probabilities, the mean over the image and its mirror image. */
  public float[] probabilities(RgbImage image) {
    float[] both = classifier.run(mirrored(image, size), 2, size, size, Architecture.PROBABILITIES);
    float[] mean = new float[classes];
    for (int k = 0; k < classes; k++) {
      mean[k] = (both[k] + both[classes + k]) / 2;
    }
    return mean;
  }

  /**
   * Class maps summed over scales and mirror images, cut at zero, each divided by its maximum.
   *
   * @return {@code [classes][height * width]}; all zeros for a class that shows nowhere
   */
  public float[][] cams(RgbImage image, int width, int height) {
    float[] sum = new float[classes * size * size];
    for (double scale : scales) {
      int scaled = scaled(scale);
      int side = scaled / 4;
      float[] maps =
          classifier.run(mirrored(image, scaled), 2, scaled, scaled, Architecture.CLASS_MAPS);
      float[] folded = new float[classes * side * side];
      for (int row = 0; row < folded.length; row += side) {
        for (int x = 0; x < side; x++) {
          folded[row + x] = maps[row + x] + maps[folded.length + row + side - 1 - x];
        }
      }
      float[] resized = Pixels.resize(folded, classes, side, side, size, size);
      for (int i = 0; i < sum.length; i++) {
        sum[i] += resized[i];
      }
    }
    float[] full = Pixels.resize(sum, classes, size, size, width, height);
    float[][] cams = new float[classes][width * height];
    for (int k = 0; k < classes; k++) {
      float maximum = 0;
      for (int i = 0; i < width * height; i++) {
        maximum = Math.max(maximum, full[k * width * height + i]);
      }
      for (int i = 0; maximum > 0 && i < width * height; i++) {
        cams[k][i] = Math.max(0, full[k * width * height + i]) / maximum;
      }
    }
    return cams;
  }

  /**
   * At each pixel the class with the greatest activation among those allowed, or background where
   * none is above the threshold.
   *
   * @param present indices of the classes that may appear
   */
  public static LabelMask pseudoMask(
      float[][] cams, Collection<Integer> present, double threshold, int width, int height) {
    byte[] mask = new byte[width * height];
    for (int i = 0; i < mask.length; i++) {
      float best = (float) threshold;
      for (int k : present) {
        if (cams[k][i] > best) {
          best = cams[k][i];
          mask[i] = (byte) (k + 1);
        }
      }
    }
    return new LabelMask(width, height, mask);
  }

  private int scaled(double scale) {
    return Math.max(1, (int) Math.round(size * scale / Architecture.STRIDE)) * Architecture.STRIDE;
  }

  /** The image and its mirror image, {@code [2, 3, to, to]}, normalised. */
  static float[] mirrored(RgbImage image, int to) {
    float[] planes = Pixels.resize(Pixels.planes(image), 3, image.width(), image.height(), to, to);
    float[] both = new float[2 * planes.length];
    for (int i = 0; i < planes.length; i++) {
      both[i] = Pixels.normalise(planes[i]);
      int column = i % to;
      both[planes.length + i - column + to - 1 - column] = both[i];
    }
    return both;
  }
}
