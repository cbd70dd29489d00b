package io.github.iaa4j.benchmarks;

import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;

/**
 * Measures previews, and drops every image at the last of them. An image that gets past it or fails
 * would make the measurement wrong, so it ends the benchmark.
 */
interface PreviewObserver extends StepObserver {

  @Override
  int[] previewSteps(int steps);

  @Override
  boolean onPreview(Preview preview);

  @Override
  default void onGenerated(GeneratedImage generated) {
    throw new AssertionError("every image is dropped at its preview");
  }

  @Override
  default void onFailed(GenerationJob job, GenerationException failure) {
    throw failure;
  }
}
