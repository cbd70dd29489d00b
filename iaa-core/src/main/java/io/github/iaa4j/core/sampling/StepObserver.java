package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.error.GenerationException;

/**
 * Watches images form and decides which go on. A sampler calls it from several threads at once, but
 * never twice at once for one job.
 */
public interface StepObserver {

  /**
   * After which steps to ask {@link #onPreview}: numbers from 1 to {@code steps} - 1, ascending.
   *
   * @param steps denoising steps in all
   */
  int[] previewSteps(int steps);

  /** Whether the image goes on. On false the job ends here and nothing more is heard of it. */
  boolean onPreview(Preview preview);

  /** A job was painted to the end. */
  void onGenerated(GeneratedImage painting);

  /** A job failed by itself, such as by NaN latents. The others go on. */
  void onFailed(GenerationJob job, GenerationException failure);
}
