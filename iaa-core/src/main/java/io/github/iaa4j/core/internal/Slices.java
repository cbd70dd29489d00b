package io.github.iaa4j.core.internal;

import java.util.function.IntConsumer;

/** Works through many items in slices, so that the work can be cancelled between two of them. */
public final class Slices {

  private static final int SIZE = 64;

  private Slices() {}

  /** Works on a slice. */
  public interface Work {

    /**
     * Works on some items.
     *
     * @param from the first
     * @param to after the last
     */
    void slice(int from, int to);
  }

  /**
   * Works through items in order.
   *
   * @param items how many there are
   * @param checkpoint called before each slice with how many items are done; may throw to end the
   *     work
   */
  public static void forEach(int items, IntConsumer checkpoint, Work work) {
    for (int from = 0; from < items; from += SIZE) {
      checkpoint.accept(from);
      work.slice(from, Math.min(items, from + SIZE));
    }
  }
}
