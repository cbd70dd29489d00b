package io.github.iaa4j.diffusion.internal.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

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
     * The latents of some images after the first steps, which they took together.
     *
     * @param first the number of the first image, from 0
     * @param count how many images, at least 1
     * @return one array an image
     */
    float[][] step(int first, int count);
  }

  private BatchInvariance() {}

  /**
   * The largest batch that is safe: no number of images up to it changes one bit of any of them.
   *
   * @param batch the largest to try, at least 1
   * @return 1 to {@code batch}
   */
  public static int largest(int batch, Trial trial) {
    List<float[]> alone = new ArrayList<>();
    for (int count = 2; count <= batch; count++) {
      float[][] together = trial.step(0, count);
      for (int i = 0; i < count; i++) {
        if (i == alone.size()) {
          alone.add(trial.step(i, 1)[0]);
        }
        if (!Arrays.equals(together[i], alone.get(i))) {
          return count - 1;
        }
      }
    }
    return batch;
  }
}
