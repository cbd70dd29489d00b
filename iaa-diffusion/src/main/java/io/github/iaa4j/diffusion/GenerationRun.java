package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.PreviewSteps;
import io.github.iaa4j.core.internal.WorkerThread;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.diffusion.internal.pipeline.Denoiser;
import io.github.iaa4j.diffusion.internal.pipeline.GenerationWorker;
import io.github.iaa4j.diffusion.internal.pipeline.Occupancy;
import io.github.iaa4j.diffusion.internal.pipeline.StagedQueue;
import io.github.iaa4j.diffusion.internal.vae.ImageDecoder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One call of {@link StableDiffusion#generate}: its queue, its threads and how it ends. */
final class GenerationRun {

  private final Thread caller = Thread.currentThread();
  private final LoadedPipeline pipeline;
  private final StepObserver observer;
  private final int[] stageEnds;
  private final StagedQueue<GenerationWorker.Task> queue;
  private volatile boolean isInterrupted;

  /**
   * For the thread that calls {@link #run}.
   *
   * @param pipeline stays open until {@link #run} has returned
   * @throws ConfigurationException if the observer's preview steps are out of range
   */
  GenerationRun(LoadedPipeline pipeline, JobSource jobs, StepObserver observer) {
    this.pipeline = pipeline;
    this.observer = observer;
    stageEnds = stageEnds(observer.previewSteps(pipeline.plan().steps()));
    queue = new StagedQueue<>(jobs, pipeline::begin, stageEnds.length, pipeline.batch());
  }

  /** The step at which each stage ends: those of previews, and the last. */
  private int[] stageEnds(int[] previews) {
    int steps = pipeline.plan().steps();
    int[] ends =
        Arrays.copyOf(PreviewSteps.require(previews, observer, steps), previews.length + 1);
    ends[previews.length] = steps;
    int begin = pipeline.plan().begin();
    return Arrays.stream(ends).map(end -> end + begin).toArray();
  }

  /**
   * Generates until the source is exhausted.
   *
   * @throws CancelledException if the thread or a worker was interrupted, and the thread's flag is
   *     then set, or {@link #stop} was called
   */
  void run() {
    List<WorkerThread> workers = new ArrayList<>();
    for (int i = 0; i < pipeline.plan().options().threads(); i++) {
      workers.add(new WorkerThread("iaa-generate-" + i, this::work));
    }
    try {
      workers.forEach(Thread::start);
    } catch (OutOfMemoryError e) {
      queue.fail(e); // Those that were started are waited for: they use what is closed later.
    }
    // Waited for whatever happens: the buffers of a running thread must not be released.
    workers.forEach(worker -> worker.join(this::stopInterrupted));
    rethrowFailure();
    if (isInterrupted || queue.isStopped()) {
      throw new CancelledException(
          isInterrupted
              ? "generating images was interrupted. Images under way are lost; generate them again."
              : "the sampler was closed while it generated images. Images under way are lost;"
                  + " generate them again with a new one.",
          null);
    }
  }

  private void rethrowFailure() {
    Throwable failure = queue.failure();
    if (failure instanceof Error error) {
      throw error;
    }
    if (failure instanceof RuntimeException exception) {
      throw exception;
    }
  }

  private void work() {
    try (Denoiser denoiser = pipeline.denoiser(queue);
        ImageDecoder decoder = pipeline.decoder();
        ImageDecoder tiny = pipeline.tinyDecoder()) {
      new GenerationWorker(
              queue,
              stageEnds,
              observer,
              denoiser,
              decoder,
              pipeline.previews(decoder, tiny),
              pipeline::failure)
          .run();
      if (Thread.currentThread().isInterrupted()) {
        isInterrupted = true;
        caller.interrupt();
      }
    } catch (Throwable e) {
      queue.fail(e);
    }
  }

  private void stopInterrupted() {
    isInterrupted = true;
    queue.stop();
  }

  /** Ends the run within one denoising step; for any thread. */
  void stop() {
    queue.stop();
  }

  /** How full its batches were. */
  Occupancy occupancy() {
    return queue.occupancy();
  }
}
