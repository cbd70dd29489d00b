package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.onnx.internal.Graph;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;

/**
 * Probabilities, class activation maps and pseudo masks from an exported classifier. It reads an
 * image at {@code size x size} pixels, as in training, and at multiples of that. Safe for use by
 * several threads.
 */
public final class ActivationMaps {

  private final Graph classifier;
  private final int classes;
  private final int size;
  private final List<Double> scales;

  /**
   * @param size a multiple of {@link ModelFormat#STRIDE}
   * @param scales multiples of {@code size}
   */
  public ActivationMaps(Graph classifier, int classes, int size, List<Double> scales) {
    this.classifier = classifier;
    this.classes = classes;
    this.size = size;
    this.scales = List.copyOf(scales);
  }

  /** The classes' probabilities, averaged over the image and its mirror image. */
  public float[] probabilities(RgbImage image) {
    float[] both = MirroredPair.run(classifier, image, size, ModelFormat.PROBABILITIES);
    float[] mean = new float[classes];
    for (int k = 0; k < classes; k++) {
      mean[k] = (both[k] + both[classes + k]) / 2;
    }
    return mean;
  }

  /**
   * Class activation maps: {@link #rawCams} clipped below at zero, each divided by its maximum.
   *
   * @return {@code [classes][height * width]}; all zeros for a class whose map is nowhere positive
   */
  public float[][] cams(RgbImage image, int width, int height) {
    float[] full = Pixels.resize(rawCams(image), classes, size, size, width, height);
    float[][] cams = new float[classes][];
    for (int k = 0; k < classes; k++) {
      cams[k] = Arrays.copyOfRange(full, k * width * height, (k + 1) * width * height);
      normalise(cams[k]);
    }
    return cams;
  }

  /**
   * Class maps before normalisation, {@code [classes, size, size]}: summed over scales and flips.
   */
  private float[] rawCams(RgbImage image) {
    float[] sum = new float[classes * size * size];
    for (double scale : scales) {
      int scaled = scaled(scale);
      int side = scaled / ModelFormat.MAP_STRIDE;
      float[] maps = MirroredPair.run(classifier, image, scaled, ModelFormat.CLASS_MAPS);
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
    return sum;
  }

  /**
   * Subtracts the mean from a map that has no positive value, so that its peaks become positive.
   */
  private static void recentreIfNowherePositive(float[] map) {
    double sum = 0;
    for (float value : map) {
      if (value > 0) {
        return;
      }
      sum += value;
    }
    float mean = (float) (sum / map.length);
    for (int i = 0; i < map.length; i++) {
      map[i] -= mean;
    }
  }

  private static void normalise(float[] cam) {
    float maximum = 0;
    for (float value : cam) {
      maximum = Math.max(maximum, value);
    }
    for (int i = 0; i < cam.length; i++) {
      cam[i] = maximum > 0 ? Math.max(0, cam[i]) / maximum : 0;
    }
  }

  /**
   * At each pixel the class with the greatest refined activation among those present; background
   * where none exceeds the threshold.
   *
   * <p>The map of a class that is present may be nowhere positive, as happens with classes that
   * have few training images. Such a map is centred on its mean.
   *
   * @param present indices of the classes that may appear
   * @param refinementSteps steps of affinity propagation; 0 leaves the activations unchanged
   * @param width of the mask
   * @param height of the mask
   */
  public LabelMask pseudoMask(
      RgbImage image,
      Collection<Integer> present,
      double threshold,
      int refinementSteps,
      int width,
      int height) {
    float[] raw = rawCams(image);
    PixelAdaptiveRefinement refinement =
        new PixelAdaptiveRefinement(
            Pixels.resize(Pixels.planes(image), 3, image.width(), image.height(), size, size),
            size,
            size);
    byte[] mask = new byte[width * height];
    float[] best = new float[width * height];
    Arrays.fill(best, (float) threshold);
    for (int k : present) {
      float[] map = Arrays.copyOfRange(raw, k * size * size, (k + 1) * size * size);
      recentreIfNowherePositive(map);
      normalise(map);
      float[] refined = refinement.propagate(map, refinementSteps);
      float[] cam = Pixels.resize(refined, 1, size, size, width, height).clone();
      normalise(cam);
      for (int i = 0; i < mask.length; i++) {
        if (cam[i] > best[i]) {
          best[i] = cam[i];
          mask[i] = (byte) (k + 1);
        }
      }
    }
    return new LabelMask(width, height, mask);
  }

  private int scaled(double scale) {
    return Math.max(1, (int) Math.round(size * scale / ModelFormat.STRIDE)) * ModelFormat.STRIDE;
  }
}
