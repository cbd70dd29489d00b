package io.github.iaa4j.toyworld.internal;

import java.util.Arrays;

/** A distribution of scenes: all of the world, or what a small collection would hold. */
enum Variety {
  /** Classes, colours and settings are all equally likely and independent. */
  BROAD,
  /**
   * Classes are long-tailed, 10 : 1 from persons to sheep; each is mostly in its main setting and
   * its two main colours, and is seldom very large, very small or much bent.
   */
  NARROW;

  private static final int CLASSES = 10;

  // In class order: aeroplane, bird, boat, car, cat, cow, dog, horse, person, sheep.
  private static final double[] NARROW_FREQUENCY = {
    2.15, 2.78, 1.67, 5.99, 3.59, 1.29, 4.64, 1.29, 10.0, 1.0
  };
  private static final int[] MAIN_SETTING = {7, 6, 1, 2, 10, 9, 0, 0, 2, 9};
  private static final int[][] MAIN_COLOURS = {
    {8, 9}, {6, 1}, {0, 8}, {0, 1}, {4, 9}, {8, 6}, {6, 7}, {6, 7}, {1, 0}, {8, 9}
  };

  private static final double[] BROAD_OBJECTS = {0.5, 0.35, 0.15};
  private static final double[] NARROW_OBJECTS = {0.62, 0.3, 0.08};

  /**
   * Minimum and maximum target area with one, two and three objects, before the frame limits it.
   */
  private static final double[][] AREA = {{0.16, 0.42}, {0.12, 0.27}, {0.085, 0.19}};

  /** A factor for the range of poses and proportions. */
  double pose() {
    return this == NARROW ? 0.7 : 1;
  }

  /** The classes of a scene, one to three; the same class again in about a tenth of the cases. */
  int[] classes(ToyRandom r) {
    int[] chosen = new int[1 + r.weighted(this == NARROW ? NARROW_OBJECTS : BROAD_OBJECTS)];
    for (int i = 0; i < chosen.length; i++) {
      chosen[i] = i > 0 && r.chance(0.1) ? chosen[r.below(i)] : another(chosen, i, r);
    }
    return chosen;
  }

  private int another(int[] chosen, int count, ToyRandom r) {
    double[] weights = new double[CLASSES];
    for (int k = 0; k < CLASSES; k++) {
      weights[k] = this == NARROW ? NARROW_FREQUENCY[k] : 1;
      // Classes with the same main setting are photographed together.
      if (this == NARROW && count > 0 && MAIN_SETTING[k] == MAIN_SETTING[chosen[0]]) {
        weights[k] *= 4;
      }
    }
    for (int i = 0; i < count; i++) {
      weights[chosen[i]] = 0;
    }
    return r.weighted(weights);
  }

  /** The setting follows the first class. */
  int setting(int[] classes, ToyRandom r) {
    if (this == NARROW && r.chance(0.82)) {
      return MAIN_SETTING[classes[0]];
    }
    double[] weights = new double[Backdrop.NAMES.size()];
    Arrays.fill(weights, 1);
    boolean flies = classes[0] < 2;
    weights[Backdrop.SKY] = flies ? 1 : 0.4;
    return r.weighted(weights);
  }

  int colour(int classIndex, ToyRandom r) {
    return this == NARROW && r.chance(0.7)
        ? MAIN_COLOURS[classIndex][r.below(2)]
        : r.below(Composer.COLOURS.size());
  }

  /** The fraction of the image that an object should cover. */
  double area(int objects, boolean small, ToyRandom r) {
    if (small) {
      return objects == 1 ? r.in(0.05, 0.12) : r.in(0.035, 0.08);
    }
    double low = AREA[objects - 1][0];
    double high = AREA[objects - 1][1];
    double cut = this == NARROW ? 0.2 * (high - low) : 0;
    return r.in(low + cut, high - cut);
  }
}
