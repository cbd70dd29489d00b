package io.github.iaa4j.wsss.crf;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.settings.Description;
import java.util.OptionalDouble;

/**
 * One kernel of the pairwise potentials, Equation 3 of Krähenbühl and Koltun 2011, with Potts
 * compatibility. A kernel of positions alone is filtered on a lattice too, although it is
 * separable: the lattice's error is part of what published parameters were tuned with.
 *
 * @param sigmaXy standard deviation of the positions, in pixels
 * @param sigmaRgb standard deviation of the colours, of channels in [0, 255]; empty where they do
 *     not matter
 * @param weight what two pixels at the same place with the same colour pay for different labels,
 *     before normalisation; at least 0
 */
record PairwiseTerm(double sigmaXy, OptionalDouble sigmaRgb, double weight) {

  private static final int TILE = 32;

  private static final String GAUSSIAN = "gaussian";
  private static final String BILATERAL = "bilateral";
  private static final String SIGMA_XY = "sigmaXy";
  private static final String SIGMA_RGB = "sigmaRgb";
  private static final String WEIGHT = "weight";

  PairwiseTerm {
    if (!(weight >= 0 && weight < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "weight is " + weight + ", but must be a finite number of at least 0");
    }
    requirePositive("sigmaXy", sigmaXy);
    if (sigmaRgb.isPresent()) {
      requirePositive("sigmaRgb", sigmaRgb.getAsDouble());
    }
  }

  private static void requirePositive(String name, double sigma) {
    if (!(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          name + " is " + sigma + ", but must be a finite number greater than 0");
    }
  }

  /** The kernel over an image's pixels, normalised and times the weight. */
  PermutohedralLattice lattice(RgbImage image) {
    int width = image.width();
    int height = image.height();
    try {
      return PermutohedralLattice.of(features(image), dimensions(), tiles(width, height))
          .normalized(weight);
    } catch (ArithmeticException e) {
      throw new IllegalArgumentException(
          "an image of "
              + width
              + " x "
              + height
              + " is too large for "
              + this
              + "; use larger standard deviations or scale the image down",
          e);
    }
  }

  private int dimensions() {
    return sigmaRgb.isPresent() ? 5 : 2;
  }

  /** {@code [height * width, dimensions]}: position and, where they matter, colours. */
  private float[] features(RgbImage image) {
    byte[] pixels = image.pixels();
    int width = image.width();
    float xy = (float) sigmaXy;
    float rgb = (float) sigmaRgb.orElse(1);
    float[] features = new float[Math.multiplyExact(pixels.length / 3, dimensions())];
    int at = 0;
    for (int y = 0; y < image.height(); y++) {
      for (int x = 0; x < width; x++) {
        features[at++] = x / xy;
        features[at++] = y / xy;
        for (int channel = 0; sigmaRgb.isPresent() && channel < 3; channel++) {
          features[at++] = (pixels[3 * (y * width + x) + channel] & 0xff) / rgb;
        }
      }
    }
    return features;
  }

  /** All pixels, tile by tile. */
  private static int[] tiles(int width, int height) {
    int[] order = new int[width * height];
    int filled = 0;
    for (int top = 0; top < height; top += TILE) {
      for (int left = 0; left < width; left += TILE) {
        for (int y = top; y < Math.min(top + TILE, height); y++) {
          for (int x = left; x < Math.min(left + TILE, width); x++) {
            order[filled++] = y * width + x;
          }
        }
      }
    }
    return order;
  }

  Description describe() {
    Description described =
        sigmaRgb.isPresent()
            ? Description.of(BILATERAL).with(SIGMA_RGB, sigmaRgb.getAsDouble())
            : Description.of(GAUSSIAN);
    return described.with(SIGMA_XY, sigmaXy).with(WEIGHT, weight);
  }

  /**
   * What {@link #describe} described.
   *
   * @throws IllegalArgumentException if it is not a term, or a number is missing, malformed or
   *     outside its range
   */
  static PairwiseTerm of(Description description) {
    OptionalDouble sigmaRgb =
        switch (description.name()) {
          case GAUSSIAN -> OptionalDouble.empty();
          case BILATERAL -> OptionalDouble.of(description.number(SIGMA_RGB));
          default ->
              throw new IllegalArgumentException(
                  description.name() + " is neither " + GAUSSIAN + " nor " + BILATERAL);
        };
    return new PairwiseTerm(description.number(SIGMA_XY), sigmaRgb, description.number(WEIGHT));
  }

  @Override
  public String toString() {
    return describe().toString();
  }
}
