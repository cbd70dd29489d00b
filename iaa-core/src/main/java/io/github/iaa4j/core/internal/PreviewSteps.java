package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.ConfigurationException;
import java.util.Arrays;

/** Checks the steps after which an observer or a filter asks for previews. */
public final class PreviewSteps {

  private PreviewSteps() {}

  /**
   * Requires numbers from 1 to {@code steps} - 1 that ascend.
   *
   * @param previews what {@code previewSteps} returned
   * @param part who returned it
   * @param steps denoising steps in all
   * @return the same array
   * @throws ConfigurationException if they do not; names the part's class and what it returned
   */
  public static int[] require(int[] previews, Object part, int steps) {
    int before = 0;
    for (int step : previews) {
      if (step <= before || step >= steps) {
        throw new ConfigurationException(
            part.getClass().getName()
                + ".previewSteps("
                + steps
                + ") returned "
                + Arrays.toString(previews)
                + ", but preview steps are from 1 to "
                + (steps - 1)
                + ", ascending, each once. Fix that method; an empty array is no preview.");
      }
      before = step;
    }
    return previews;
  }
}
