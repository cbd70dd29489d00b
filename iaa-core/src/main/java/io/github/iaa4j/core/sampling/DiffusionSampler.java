package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Generates images from prompts. An image depends only on its own job and on what {@link
 * #describe()} says: not on the batch, the threads, or the order of the jobs.
 *
 * <p>Safe for use by several threads: each call has its own jobs and observer.
 *
 * <p><b>Cancelling.</b> Interrupting the thread that generates, or calling {@link #close()} from
 * another thread, ends a call within one denoising step with a {@link CancelledException}. In the
 * first case the interrupt flag is set when the exception is thrown; in the second it is left
 * unchanged. A source or an observer that interrupts its calling thread interrupts the call. A call
 * after {@code close()} throws an {@link IllegalStateException}.
 */
public interface DiffusionSampler extends AutoCloseable {

  /**
   * What decides the pixels besides prompt and seed: the model, its version or checksum, and every
   * setting. Two samplers with equal descriptions generate equal images. A run records it and is
   * resumed with an equal one only; the manifest has it beside each image. Constant for as long as
   * the sampler lives; may also be called after {@link #close()}.
   *
   * @return by default {@link Description#ofClass}, which is complete only for a class without
   *     fields: a run warns about any other sampler that does not override this
   */
  default Description describe() {
    return Description.ofClass(this);
  }

  /**
   * Counts the tokens of prompts as this sampler's text encoder does, so that prompts are written
   * no longer than it can read.
   *
   * @return a counter that works for as long as the sampler is open and need not be closed; null
   *     where prompts of any length are read, which is the default
   */
  default @Nullable TokenCounter tokenCounter() {
    return null;
  }

  /**
   * What was assumed when the model was loaded because its files do not state it, in the order in
   * which it was found. For people: a run logs it and records it in {@code model-notes.json}. Empty
   * by default.
   */
  default List<ModelNote> notes() {
    return List.of();
  }

  /**
   * Generates until the source is exhausted: returns when {@link JobSource#poll()} has returned
   * null while no job was in progress.
   *
   * <p>Every job that was polled ends in exactly one of three ways: the observer drops it at a
   * preview, or gets its image, or gets its failure. Source and observer are called by the
   * sampler's threads, several at once. What they throw ends the call and is thrown here.
   *
   * @param jobs where the work comes from
   * @param observer sees previews, images and failures
   * @throws CancelledException if the thread was interrupted or the sampler closed; jobs in
   *     progress are lost, and can simply be generated again
   * @throws IllegalStateException if the sampler was closed before
   * @throws io.github.iaa4j.core.error.ModelException if the shapes of the model's tensors differ
   *     from its configs
   */
  void generate(JobSource jobs, StepObserver observer);

  /**
   * Generates one image.
   *
   * @param seed of all its noise
   * @throws GenerationException if it fails
   * @throws CancelledException as {@link #generate} says
   * @throws IllegalStateException if the sampler was closed before
   */
  default RgbImage image(Prompt prompt, long seed) {
    return images(List.of(prompt), seed).get(0);
  }

  /**
   * Generates an image for each prompt. The k-th image, from 0, has the seed {@code seed + k}: it
   * is the one that {@code image(prompts.get(k), seed + k)} returns. Lists that must not share
   * noise need seeds that are further apart than the lists are long.
   *
   * @param prompts any number
   * @param seed of the first image
   * @return the images in the order of the prompts
   * @throws GenerationException if an image fails, that of the first prompt that failed; no further
   *     image is begun then. Its slot is the index of the prompt.
   * @throws CancelledException as {@link #generate} says; all images are lost
   * @throws IllegalStateException if the sampler was closed before, or returned from {@link
   *     #generate} without an image or a failure for a job
   */
  default List<RgbImage> images(List<Prompt> prompts, long seed) {
    List<GenerationJob> jobs = new ArrayList<>();
    for (int k = 0; k < prompts.size(); k++) {
      jobs.add(new GenerationJob(k, 0, seed + k, prompts.get(k)));
    }
    ImageCollector collector = new ImageCollector(jobs);
    generate(collector, collector);
    return collector.images();
  }

  /**
   * Releases the model. May be called twice, and by any thread; calls in progress are cancelled.
   * Does not wait for them.
   */
  @Override
  void close();
}
