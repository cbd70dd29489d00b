package io.github.iaa4j.wsss.internal;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Resizes planes bilinearly, with half-pixel centres, one row after the other, so that a large
 * result need never be held. When it makes them smaller, the filter is widened so that every pixel
 * counts (antialiasing), which keeps thin structures from vanishing.
 *
 * <p>For one thread.
 */
final class RowResizer {

  /** Where rows come from. */
  interface Source {

    /** Copies a row of a channel, {@code [width]}. */
    void row(int channel, int y, float[] into);
  }

  private final int channels;
  private final int width;
  private final int toWidth;
  private final Source source;
  private final Taps across;
  private final Taps down;
  private final float[] unresized;

  /** Rows of the source at the new width, those that the next row may need. */
  private final Map<Integer, float[]> rows = new HashMap<>();

  private final ArrayDeque<float[]> spare = new ArrayDeque<>();

  RowResizer(int channels, int width, int height, int toWidth, int toHeight, Source source) {
    this.channels = channels;
    this.width = width;
    this.toWidth = toWidth;
    this.source = source;
    this.across = Taps.of(width, toWidth);
    this.down = Taps.of(height, toHeight);
    this.unresized = new float[width];
  }

  /** Of planes, {@code [channels][height * width]}. */
  static RowResizer of(float[][] planes, int width, int height, int toWidth, int toHeight) {
    return new RowResizer(
        planes.length,
        width,
        height,
        toWidth,
        toHeight,
        (channel, y, into) -> System.arraycopy(planes[channel], y * width, into, 0, width));
  }

  /**
   * Adds a row of the result. Rows are asked for from top to bottom.
   *
   * @param sums {@code [channels, toWidth]}
   */
  void addRow(int y, float[] sums) {
    rows.entrySet()
        .removeIf(
            row -> {
              boolean isPast = row.getKey() < down.sources[y * down.count];
              if (isPast) {
                spare.add(row.getValue());
              }
              return isPast;
            });
    for (int k = 0; k < down.count; k++) {
      float weight = down.weights[y * down.count + k];
      if (weight != 0) {
        float[] row = rows.computeIfAbsent(down.sources[y * down.count + k], this::resized);
        for (int i = 0; i < sums.length; i++) {
          sums[i] += weight * row[i];
        }
      }
    }
  }

  private float[] resized(int y) {
    float[] row = spare.isEmpty() ? new float[channels * toWidth] : spare.pop();
    for (int c = 0; c < channels; c++) {
      source.row(c, y, unresized);
      if (width == toWidth) {
        System.arraycopy(unresized, 0, row, c * toWidth, width);
        continue;
      }
      for (int x = 0; x < toWidth; x++) {
        float sum = 0;
        for (int k = x * across.count; k < (x + 1) * across.count; k++) {
          sum += across.weights[k] * unresized[across.sources[k]];
        }
        row[c * toWidth + x] = sum;
      }
    }
    return row;
  }

  /** The whole result, {@code [channels, toHeight, toWidth]}. */
  float[] all() {
    int toHeight = down.sources.length / down.count;
    float[] result = new float[channels * toHeight * toWidth];
    float[] row = new float[channels * toWidth];
    for (int y = 0; y < toHeight; y++) {
      Arrays.fill(row, 0);
      addRow(y, row);
      for (int c = 0; c < channels; c++) {
        System.arraycopy(row, c * toWidth, result, (c * toHeight + y) * toWidth, toWidth);
      }
    }
    return result;
  }

  /** For each target pixel, the {@code count} source pixels that it mixes and their weights. */
  @SuppressWarnings("ArrayRecordComponent") // never leaves this class
  private record Taps(int count, int[] sources, float[] weights) {

    static Taps of(int from, int to) {
      double scale = (double) from / to;
      double reach = Math.max(1, scale);
      int count = (int) Math.ceil(reach) * 2 + 1;
      int[] sources = new int[to * count];
      float[] weights = new float[to * count];
      for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale - 0.5;
        int first = (int) Math.floor(centre - reach) + 1;
        double total = 0;
        double[] raw = new double[count];
        for (int k = 0; k < count; k++) {
          raw[k] = Math.max(0, 1 - Math.abs(first + k - centre) / reach);
          total += raw[k];
        }
        for (int k = 0; k < count; k++) {
          sources[i * count + k] = Math.min(from - 1, Math.max(0, first + k));
          weights[i * count + k] = (float) (raw[k] / total);
        }
      }
      return new Taps(count, sources, weights);
    }
  }
}
