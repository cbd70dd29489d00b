package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.error.GenerationException;

/**
 * Sees images form and decides which are continued. Must be safe for use by several threads: a
 * sampler calls it from all of its threads, several at once for different jobs, but never
 * concurrently for the same job. What it throws ends the call of {@link DiffusionSampler#generate}.
 */
@FunctionalInterface
public interface StepObserver {

  /**
   * The steps after which to call {@link #onPreview}. Called once, before the first job.
   *
   * @param steps denoising steps in all
   * @return numbers from 1 to {@code steps} - 1, ascending; none by default
   */
  default int[] previewSteps(int steps) {
    return new int[0];
  }

  /**
   * Decides whether an image is continued.
   *
   * @param preview valid during this call only
   * @return false to end the job here, without a further call for it; true by default
   */
  default boolean onPreview(Preview preview) {
    return true;
  }

  /** An image is finished. */
  void onGenerated(GeneratedImage generated);

  /**
   * A single job failed, for example because its latents became NaN. The others continue. Ignored
   * by default: override it if a missing image matters.
   */
  default void onFailed(GenerationJob job, GenerationException failure) {}
}
