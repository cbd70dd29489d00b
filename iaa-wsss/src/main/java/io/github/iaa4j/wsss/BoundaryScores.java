package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Boundary F over a set of images, as {@link SegmentationScores} defines it. */
final class BoundaryScores {

  /** Sums are whole numbers of this fraction, because sums of doubles depend on their order. */
  private static final double UNIT = 0x1p-43;

  private final long[] sums;
  private final int[] images;
  private long sumOfMeans;
  private int measured;

  /**
   * @param size the number of classes with background
   */
  BoundaryScores(int size) {
    this.sums = new long[size];
    this.images = new int[size];
  }

  /**
   * Boundary F of each class in one image.
   *
   * @param size the number of classes with background
   * @param prediction of the same size as the truth
   * @return {@code [size]}, NaN for a class that is in neither mask
   */
  static double[] ofImage(int size, LabelMask truth, LabelMask prediction) {
    byte[] predicted = prediction.indices().clone();
    boolean[] present = new boolean[LabelMask.VOID + 1];
    for (int i = 0; i < predicted.length; i++) {
      int index = truth.indices()[i] & 0xff;
      if (index == LabelMask.VOID) {
        predicted[i] = (byte) LabelMask.VOID;
      } else {
        present[index] = true;
        present[predicted[i] & 0xff] = true;
      }
    }
    double[] scores = new double[size];
    BoundaryMatch match = new BoundaryMatch(truth.width(), truth.height());
    for (int k = 0; k < size; k++) {
      scores[k] = present[k] ? match.f(truth.indices(), predicted, (byte) k) : Double.NaN;
    }
    return scores;
  }

  /** Adds what {@link #ofImage} returned. An image whose truth is all void has no boundaries. */
  void add(double[] scores) {
    double sum = 0;
    int classes = 0;
    for (int k = 0; k < scores.length; k++) {
      if (!Double.isNaN(scores[k])) {
        sums[k] += Math.round(scores[k] / UNIT);
        images[k]++;
        sum += scores[k];
        classes++;
      }
    }
    if (classes > 0) {
      sumOfMeans += Math.round(sum / classes / UNIT);
      measured++;
    }
  }

  /** Adds the scores of other images. */
  void add(BoundaryScores other) {
    for (int k = 0; k < sums.length; k++) {
      sums[k] += other.sums[k];
      images[k] += other.images[k];
    }
    sumOfMeans += other.sumOfMeans;
    measured += other.measured;
  }

  /** The mean of each class over the images that have it, NaN where none has. */
  List<Double> ofClasses() {
    List<Double> means = new ArrayList<>();
    for (int k = 0; k < sums.length; k++) {
      means.add(sums[k] * UNIT / images[k]);
    }
    return means;
  }

  /** The mean over the images, NaN if there are none. */
  double mean() {
    return sumOfMeans * UNIT / measured;
  }

  /**
   * Matches boundaries in images of one size.
   *
   * <p>A distance transform (Meijster, Roerdink and Hesselink, 2000) of which only what lies within
   * the tolerance is computed: first the distance to the nearest boundary pixel in each column,
   * then, at the pixels of the other boundary alone, the least distance over the columns nearby.
   * All numbers are integers, so a distance that equals the tolerance is never mistaken for a
   * smaller one.
   */
  private static final class BoundaryMatch {

    /** The tolerance is 3 / 400 of the diagonal. */
    private static final long NUMERATOR = 3;

    private static final long DENOMINATOR = 400;

    private final int width;
    private final int height;

    /** The greatest squared distance that is less than the squared tolerance. */
    private final long limit;

    /** The greatest distance along a row or column that is within the limit. */
    private final int reach;

    private final int[] vertical;

    BoundaryMatch(int width, int height) {
      this.width = width;
      this.height = height;
      long squaredDiagonal = (long) width * width + (long) height * height;
      this.limit = (NUMERATOR * NUMERATOR * squaredDiagonal - 1) / (DENOMINATOR * DENOMINATOR);
      this.reach = (int) Math.sqrt((double) limit);
      this.vertical = new int[width * height];
    }

    double f(byte[] truth, byte[] predicted, byte index) {
      int[] expected = boundary(truth, index);
      int[] found = boundary(predicted, index);
      if (expected.length == 0 || found.length == 0) {
        return 0;
      }
      double precision = (double) near(found, expected) / found.length;
      double recall = (double) near(expected, found) / expected.length;
      return precision + recall == 0 ? 0 : 2 * precision * recall / (precision + recall);
    }

    /** The places of a class's pixels beside which it ends. */
    private int[] boundary(byte[] mask, byte index) {
      int[] places = new int[16];
      int count = 0;
      for (int y = 0, i = 0; y < height; y++) {
        for (int x = 0; x < width; x++, i++) {
          if (mask[i] == index
              && (x == 0
                  || y == 0
                  || x == width - 1
                  || y == height - 1
                  || mask[i - 1] != index
                  || mask[i + 1] != index
                  || mask[i - width] != index
                  || mask[i + width] != index)) {
            if (count == places.length) {
              places = Arrays.copyOf(places, 2 * count);
            }
            places[count++] = i;
          }
        }
      }
      return Arrays.copyOf(places, count);
    }

    /** How many of the places are within the tolerance of any of the targets. */
    private int near(int[] places, int[] targets) {
      transformColumns(targets);
      int near = 0;
      for (int place : places) {
        if (isNear(place)) {
          near++;
        }
      }
      return near;
    }

    /** The distance to the nearest target in the same column, at most {@code reach + 1}. */
    private void transformColumns(int[] targets) {
      int beyond = reach + 1;
      Arrays.fill(vertical, beyond);
      for (int target : targets) {
        vertical[target] = 0;
      }
      for (int i = width; i < vertical.length; i++) {
        vertical[i] = Math.min(vertical[i], vertical[i - width] + 1);
      }
      for (int i = vertical.length - width - 1; i >= 0; i--) {
        vertical[i] = Math.min(vertical[i], vertical[i + width] + 1);
      }
    }

    private boolean isNear(int place) {
      int x = place % width;
      int row = place - x;
      int last = Math.min(width - 1, x + reach);
      for (int column = Math.max(0, x - reach); column <= last; column++) {
        long across = (long) column - x;
        long along = vertical[row + column];
        if (across * across + along * along <= limit) {
          return true;
        }
      }
      return false;
    }
  }
}
