package io.github.iaa4j.core.sampling;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Paints a stream of jobs. An image depends on its own job and on {@link #info()} alone: not on
 * batch size, threads, order or company.
 */
public interface DiffusionSampler extends AutoCloseable {

  /** What decides the pixels besides prompt and seed. */
  SamplerInfo info();

  /**
   * Counts the tokens of prompts as this sampler's text encoder does, for as long as the sampler is
   * open, or null where it reads prompts of any length. The default is null.
   */
  default @Nullable TokenCounter tokenCounter() {
    return null;
  }

  /** What was guessed or replaced when the model was loaded, to be told to whoever uses it. */
  default List<ModelNote> notes() {
    return List.of();
  }

  /**
   * Paints until the source is exhausted. Returns when {@link JobSource#poll()} has answered null
   * while no job was under way.
   *
   * @param jobs where the work comes from
   * @param observer asked at its preview steps and told of every end
   * @throws InterruptedException if the thread was interrupted or the sampler closed; jobs under
   *     way are lost within one denoising step, and their images are simply painted again by the
   *     next run
   * @throws io.github.iaa4j.core.error.ModelException if the model answers tensors of other shapes
   *     than its configs promise
   */
  void generate(JobSource jobs, StepObserver observer) throws InterruptedException;

  /** Releases the model. May be called twice, and from another thread to cancel. */
  @Override
  void close();
}
