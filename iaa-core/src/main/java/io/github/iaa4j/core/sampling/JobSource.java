package io.github.iaa4j.core.sampling;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Where a sampler takes its work from. Must be safe for use by several threads: a sampler polls it
 * from all of its threads at once.
 */
@FunctionalInterface
public interface JobSource {

  /**
   * The next job, or null if there is none <em>now</em>. Does not wait. More may follow while jobs
   * that were handed out are in progress: an image that the filter rejects leads to a new attempt.
   * Once none is in progress and this returns null, the work is done.
   *
   * @return a job that no other call gets
   */
  @Nullable GenerationJob poll();

  /**
   * Hands out each job of a list once, in its order.
   *
   * @param jobs copied
   * @return for one call of {@link DiffusionSampler#generate}, safe for use by several threads
   */
  static JobSource of(List<GenerationJob> jobs) {
    Queue<GenerationJob> queue = new ConcurrentLinkedQueue<>(jobs);
    return queue::poll;
  }
}
