package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.NotFiniteException;
import io.github.iaa4j.diffusion.internal.vae.ImageDecoder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The work of one thread: takes batches from the queue and reports to the observer. */
public final class GenerationWorker {

  /**
   * A job under way.
   *
   * @param job what was asked for
   * @param state how far it is
   */
  public record Task(GenerationJob job, DenoisingState state) {}

  private final StagedQueue<Task> queue;
  private final int[] stageEnds;
  private final StepObserver observer;
  private final Denoiser denoiser;
  private final ImageDecoder decoder;
  private final Function<float[], RgbImage> previews;
  private final Function<NotFinite, NotFiniteException> failures;

  /**
   * @param queue where the work comes from
   * @param stageEnds the step at which each stage ends, ascending; the last is the number of steps
   * @param observer sees previews, images and failures
   * @param denoiser stays the caller's; used by this thread alone
   * @param decoder of finished images; stays the caller's; used by this thread alone
   * @param previews turns predicted latents into an image of full size; called by this thread
   *     alone; may throw {@link NotFiniteException}
   * @param failures names the part of the model at fault
   */
  public GenerationWorker(
      StagedQueue<Task> queue,
      int[] stageEnds,
      StepObserver observer,
      Denoiser denoiser,
      ImageDecoder decoder,
      Function<float[], RgbImage> previews,
      Function<NotFinite, NotFiniteException> failures) {
    this.queue = queue;
    this.stageEnds = stageEnds.clone();
    this.observer = observer;
    this.denoiser = denoiser;
    this.decoder = decoder;
    this.previews = previews;
    this.failures = failures;
  }

  /**
   * Works until there is nothing more to do, or the queue is stopped, or this thread is
   * interrupted; then its flag stays set.
   */
  public void run() {
    try {
      StagedQueue.Batch<Task> batch;
      while ((batch = queue.next()) != null) {
        int rows = batch.tasks().get(0).state().functionEvaluations();
        if (!denoiser.denoise(states(batch), stageEnds[batch.stage()], queue::isStopped)) {
          return;
        }
        queue.count(batch, batch.tasks().get(0).state().functionEvaluations() - rows);
        queue.finish(batch, survivors(batch));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      queue.stop();
    }
  }

  private static List<DenoisingState> states(StagedQueue.Batch<Task> batch) {
    return batch.tasks().stream().map(Task::state).toList();
  }

  /** Reports to the observer; returns the tasks that go on. */
  private List<Task> survivors(StagedQueue.Batch<Task> batch) {
    boolean isLast = batch.stage() == stageEnds.length - 1;
    List<Task> survivors = new ArrayList<>();
    for (Task task : batch.tasks()) {
      // Decoding and judging may take longer than a denoising step.
      if (queue.isStopped()) {
        break;
      }
      try {
        if (goesOn(task, isLast)) {
          survivors.add(task);
        }
      } catch (NotFiniteException e) {
        DenoisingState state = task.state();
        observer.onFailed(
            task.job(),
            new GenerationException(
                task.job().slot(),
                task.job().attempt(),
                state.step() - state.begin(),
                e.problem(),
                null));
      }
    }
    return survivors;
  }

  /** Finishes an image, or shows its preview to the observer. */
  private boolean goesOn(Task task, boolean isLast) {
    DenoisingState state = task.state();
    NotFinite notFinite = state.notFinite();
    if (notFinite != null) {
      throw failures.apply(notFinite);
    }
    if (!isLast) {
      return goesOn(task);
    }
    RgbImage image = decoder.image(state.latents());
    observer.onGenerated(new GeneratedImage(task.job(), image, state.functionEvaluations()));
    return false;
  }

  private boolean goesOn(Task task) {
    LazyPreview preview = new LazyPreview(task);
    boolean goesOn = observer.onPreview(preview);
    preview.isOver = true;
    return goesOn;
  }

  private final class LazyPreview implements Preview {

    private final Task task;
    private @Nullable RgbImage image;
    private boolean isOver;

    LazyPreview(Task task) {
      this.task = task;
    }

    @Override
    public GenerationJob job() {
      return task.job();
    }

    @Override
    public int step() {
      return task.state().step() - task.state().begin();
    }

    @Override
    public int steps() {
      return stageEnds[stageEnds.length - 1] - task.state().begin();
    }

    @Override
    public int functionEvaluations() {
      return task.state().functionEvaluations();
    }

    @Override
    public RgbImage image() {
      if (isOver) {
        throw new IllegalStateException(
            "a preview's image can be asked for only during the call that hands the preview over");
      }
      if (image == null) {
        float[] denoised = task.state().denoised();
        if (!NotFinite.isFinite(denoised)) {
          throw failures.apply(NotFinite.LATENTS);
        }
        image = previews.apply(denoised);
      }
      return image;
    }

    @Override
    public float guidanceNorm() {
      return task.state().guidanceNorm();
    }
  }
}
