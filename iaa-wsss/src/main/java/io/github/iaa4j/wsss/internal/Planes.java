package io.github.iaa4j.wsss.internal;

import io.github.iaa4j.core.dataset.LabelMask;
import java.util.Arrays;
import java.util.List;

/**
 * One plane of scores for each of several channels.
 *
 * @param values {@code [channels][height * width]}
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Planes(int width, int height, float[][] values) {

  /** One channel at another size; its own array if that is the same. */
  float[] resized(int channel, int toWidth, int toHeight) {
    return Pixels.resize(values[channel], 1, width, height, toWidth, toHeight);
  }

  /**
   * The channel with the greatest sum at each pixel, the first of equals. Each term is enlarged row
   * by row, so that a large mask needs memory for itself alone.
   *
   * @param terms with the same number of channels
   * @param labels the index in the mask that stands for each channel
   */
  static LabelMask argmax(List<Planes> terms, int toWidth, int toHeight, int... labels) {
    List<RowResizer> resizers =
        terms.stream()
            .map(term -> RowResizer.of(term.values, term.width, term.height, toWidth, toHeight))
            .toList();
    byte[] mask = new byte[toWidth * toHeight];
    float[] sums = new float[labels.length * toWidth];
    for (int y = 0; y < toHeight; y++) {
      Arrays.fill(sums, 0);
      for (RowResizer resizer : resizers) {
        resizer.addRow(y, sums);
      }
      for (int x = 0; x < toWidth; x++) {
        int best = 0;
        for (int k = 1; k < labels.length; k++) {
          best = sums[k * toWidth + x] > sums[best * toWidth + x] ? k : best;
        }
        mask[y * toWidth + x] = (byte) labels[best];
      }
    }
    return new LabelMask(toWidth, toHeight, mask);
  }
}
