package io.github.iaa4j.toyworld;

import java.util.Locale;

/**
 * The splits of Toy World. No scene is in two splits, whatever their seeds: the split's number is
 * in the top two bits of each scene's own seed.
 */
public enum Split {
  /** Few images, like a small collection: drawn from the narrow distribution. */
  TRAIN(0, true, 300),
  /** Drawn from the broad distribution, for choosing settings. */
  VAL(1, false, 200),
  /** Drawn from the broad distribution, for the final results. */
  TEST(2, false, 500),
  /** Drawn from the broad distribution; the checkpoint is trained on it. */
  BROAD(3, false, 44_000);

  private final int number;
  private final boolean narrow;
  private final int defaultCount;

  Split(int number, boolean narrow, int defaultCount) {
    this.number = number;
    this.narrow = narrow;
    this.defaultCount = defaultCount;
  }

  /** Whether the split is drawn from the narrow distribution. */
  public boolean narrow() {
    return narrow;
  }

  /** The default number of images. */
  public int defaultCount() {
    return defaultCount;
  }

  /** The name in files, such as {@code train}. */
  public String fileName() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** 0 to 3. */
  int number() {
    return number;
  }
}
