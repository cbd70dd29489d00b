package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import java.util.Arrays;
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
    float[] full = Pixels.resize(sums(image), classes, size, size, width, height);
    float[][] cams = new float[classes][];
    for (int k = 0; k < classes; k++) {
      cams[k] = Arrays.copyOfRange(full, k * width * height, (k + 1) * width * height);
      normalise(cams[k]);
    }
    return cams;
  }

  /** The class maps, {@code [classes, size, size]}, summed over scales and mirror images. */
  private float[] sums(RgbImage image) {
    float[] sum = new float[classes * size * size];
    for (double scale : scales) {
      int scaled = scaled(scale);
      int side = scaled / Architecture.MAP_STRIDE;
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
    return sum;
  }

  private static void liftIfNowhere(float[] map) {
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
   * At each pixel the class with the greatest activation among those present, refined along the
   * image's colours; background where none is above the threshold.
   *
   * <p>A class that is present, but of whose map no place is above zero, as happens where training
   * images of a class are few, is looked for where its map is above its own mean.
   *
   * @param present indices of the classes that may appear
   * @param refinementSteps how far activations spread; 0 leaves them as they are
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
    float[] sums = sums(image);
    Refinement refinement =
        new Refinement(
            Pixels.resize(Pixels.planes(image), 3, image.width(), image.height(), size, size),
            size,
            size);
    byte[] mask = new byte[width * height];
    float[] best = new float[width * height];
    Arrays.fill(best, (float) threshold);
    for (int k : present) {
      float[] map = Arrays.copyOfRange(sums, k * size * size, (k + 1) * size * size);
      liftIfNowhere(map);
      normalise(map);
      float[] refined = refinement.spread(map, refinementSteps);
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
