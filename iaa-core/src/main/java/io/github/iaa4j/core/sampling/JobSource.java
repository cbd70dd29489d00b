package io.github.iaa4j.core.sampling;

import org.jspecify.annotations.Nullable;

/** Where a sampler takes its work from. Called from several threads. */
@FunctionalInterface
public interface JobSource {

  /**
   * The next job, or null where there is none <em>now</em>. More may come as long as jobs that were
   * handed out are neither painted, dropped nor failed: an image that the filter rejects brings a
   * new attempt. Once none is handed out and this answers null, all is done.
   */
  @Nullable GenerationJob poll();
}
