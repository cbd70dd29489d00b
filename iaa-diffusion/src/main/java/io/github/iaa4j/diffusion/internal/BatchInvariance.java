package io.github.iaa4j.diffusion.internal;

import java.util.Arrays;

/**
 * Whether ONNX Runtime answers a row of a batch as it answers that row alone, to the last bit.
 *
 * <p>It does not promise so: a kernel may take another path for other shapes, and which one depends
 * on the processor. The path never depends on the values, so trying every number of rows once shows
 * what a whole run will do.
 */
public final class BatchInvariance {

  /** Images to try with. */
  @FunctionalInterface
  public interface Trial {

    /**
     * The latents of some images after one step that they took together.
     *
     * @param first the number of the first image, from 0
     * @param count how many images, at least 1
     * @return one array an image
     */
    float[][] step(int first, int count);
  }

  private BatchInvariance() {}

  /** Whether no number of images up to a batch changes one bit of any of them. */
  public static boolean holds(int batch, Trial trial) {
    float[][] alone = new float[batch][];
    for (int i = 0; i < batch; i++) {
      alone[i] = trial.step(i, 1)[0];
    }
    for (int count = 2; count <= batch; count++) {
      float[][] together = trial.step(0, count);
      for (int i = 0; i < count; i++) {
        if (!Arrays.equals(together[i], alone[i])) {
          return false;
        }
      }
    }
    return true;
  }
}
