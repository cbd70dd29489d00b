package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.JavaHeap;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.crf.Unary;
import io.github.iaa4j.wsss.internal.InputScaling.Size;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/**
 * Probabilities, class activation maps and pseudo masks from an exported classifier, at the aspect
 * ratio of each image. Safe for use by several threads.
 */
public final class ActivationMaps {

  private final MirroredPair classifier;
  private final int classes;
  private final InputScaling scaling;
  private final List<Double> scales;

  /**
   * @param scales at which class maps are read, multiples of the size that {@code scaling} gives
   */
  public ActivationMaps(Graph classifier, int classes, InputScaling scaling, List<Double> scales) {
    this.classifier = new MirroredPair(classifier, scaling);
    this.classes = classes;
    this.scaling = scaling;
    this.scales = List.copyOf(scales);
  }

  /** The classes' probabilities at scale 1, averaged over the image and its mirror image. */
  public float[] probabilities(RgbImage image) {
    float[] both = classifier.vectors(image, 1, ModelFormat.PROBABILITIES);
    float[] mean = new float[classes];
    for (int k = 0; k < classes; k++) {
      mean[k] = (both[k] + both[classes + k]) / 2;
    }
    return mean;
  }

  /**
   * Class activation maps. The class maps of all scales, of the image and its mirror image, are
   * resized to the image at scale 1 and added; the sum is resized to the size that is asked for,
   * clipped below at zero and divided by its maximum.
   *
   * @param wanted indices of classes
   * @return {@code [wanted][height * width]}; all zeros for a class whose map is nowhere positive
   * @throws ConfigurationException if the Java heap has no room for the result
   */
  public float[][] cams(RgbImage image, List<Integer> wanted, int width, int height) {
    JavaHeap.require(
        (double) Float.BYTES * wanted.size() * width * height,
        String.format(
            Locale.ROOT,
            "the class activation maps of %d classes at %d x %d pixels",
            wanted.size(),
            width,
            height),
        "scale the image down, give Java a larger heap (-Xmx), or make a pseudo mask, which needs"
            + " no maps of this size");
    Size size = scaling.working(image.width(), image.height());
    List<Planes> atScales = classMaps(image);
    float[][] cams = new float[wanted.size()][];
    for (int i = 0; i < cams.length; i++) {
      float[] sum = sum(atScales, wanted.get(i), size);
      cams[i] = Pixels.resize(sum, 1, size.width(), size.height(), width, height);
      normalise(cams[i]);
    }
    return cams;
  }

  /** For each scale the maps of all classes, of the image plus its mirror image. */
  private List<Planes> classMaps(RgbImage image) {
    return scales.stream()
        .map(
            scale ->
                classifier.maps(
                    image, scale, ModelFormat.CLASS_MAPS, classes, (values, plane) -> {}))
        .toList();
  }

  /** One class's map, summed over scales, before normalisation. A new array. */
  private static float[] sum(List<Planes> atScales, int k, Size size) {
    float[] sum = new float[Math.toIntExact(size.pixels())];
    for (Planes maps : atScales) {
      float[] resized = maps.resized(k, size.width(), size.height());
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
   * At each pixel the class with the greatest refined activation among those present, background,
   * or void, as the rule decides. Worked at scale 1; what is enlarged to the image are the
   * activations, or the marginals of the refinement's CRF, so that edges stay smooth.
   *
   * <p>The map of a class that is present may be nowhere positive, as happens with classes that
   * have few training images. Such a map is centred on its mean.
   *
   * @param present indices of the classes that may appear, each once
   * @return a mask of the image's size
   */
  public LabelMask pseudoMask(
      RgbImage image, Collection<Integer> present, Refinement refinement, BackgroundRule rule) {
    int width = image.width();
    int height = image.height();
    if (present.isEmpty()) {
      return new LabelMask(width, height, new byte[width * height]);
    }
    Size size = scaling.working(image.width(), image.height());
    RgbImage working = Pixels.resize(image, size);
    float[][] activations = activations(image, present, size);
    activations = refinement.propagate(working, activations);
    for (float[] activation : activations) {
      normalise(activation);
    }
    BackgroundRule.Activations background = rule.activations(greatest(activations));
    int[] labels = present.stream().mapToInt(k -> k + 1).toArray();
    List<float[]> backgrounds =
        background.haveTwoThresholds()
            ? List.of(background.foreground(), background.background())
            : List.of(background.foreground());
    List<Planes> scores = scores(working, backgrounds, activations, refinement);
    LabelMask foreground = argmax(scores.get(0), labels, width, height);
    return scores.size() == 1
        ? foreground
        : withVoid(foreground, argmax(scores.get(1), labels, width, height));
  }

  /** {@code [present][height * width]}, normalised; new arrays. */
  private float[][] activations(RgbImage image, Collection<Integer> present, Size size) {
    List<Planes> atScales = classMaps(image);
    float[][] activations = new float[present.size()][];
    int at = 0;
    for (int k : present) {
      float[] map = sum(atScales, k, size);
      recentreIfNowherePositive(map);
      normalise(map);
      activations[at++] = map;
    }
    return activations;
  }

  private static float[] greatest(float[][] activations) {
    float[] greatest = new float[activations[0].length];
    for (float[] activation : activations) {
      for (int i = 0; i < greatest.length; i++) {
        greatest[i] = Math.max(greatest[i], activation[i]);
      }
    }
    return greatest;
  }

  /** What decides between each background, which is first, and the classes. */
  private static List<Planes> scores(
      RgbImage image, List<float[]> backgrounds, float[][] activations, Refinement refinement) {
    int width = image.width();
    int height = image.height();
    List<float[][]> all = new ArrayList<>();
    for (float[] background : backgrounds) {
      float[][] scores = new float[1 + activations.length][];
      scores[0] = background;
      System.arraycopy(activations, 0, scores, 1, activations.length);
      all.add(scores);
    }
    if (refinement.crf().isPresent()) {
      List<Unary> unaries =
          all.stream().map(scores -> Unary.ofProbabilities(scores, width, height)).toList();
      return refinement.crf().get().infer(image, unaries).stream()
          .map(marginals -> new Planes(width, height, marginals.probabilities()))
          .toList();
    }
    return all.stream().map(scores -> new Planes(width, height, scores)).toList();
  }

  private static LabelMask argmax(Planes scores, int[] labels, int width, int height) {
    int[] all = new int[1 + labels.length];
    System.arraycopy(labels, 0, all, 1, labels.length);
    return Planes.argmax(List.of(scores), width, height, all);
  }

  /**
   * Void where pixels are not foreground by the one threshold, but are by the other.
   *
   * @param foreground by the upper threshold; changed and returned
   * @param all by the lower threshold
   */
  private static LabelMask withVoid(LabelMask foreground, LabelMask all) {
    byte[] indices = foreground.indices();
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] == 0 && all.indices()[i] != 0) {
        indices[i] = (byte) LabelMask.VOID;
      }
    }
    return foreground;
  }
}
