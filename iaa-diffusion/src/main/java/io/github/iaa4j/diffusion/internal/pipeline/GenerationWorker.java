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

/** One thread that paints: takes batches from the stages and tells the observer how they end. */
public final class GenerationWorker {

  /**
   * A job under way.
   *
   * @param job what is asked for
   * @param canvas how far it is
   */
  public record Task(GenerationJob job, DenoisingState canvas) {}

  private final StagedQueue<Task> stages;
  private final int[] cuts;
  private final StepObserver observer;
  private final Denoiser denoiser;
  private final ImageDecoder decoder;
  private final Function<float[], RgbImage> previews;
  private final Function<NotFinite, NotFiniteException> failures;

  /**
   * @param stages where the work comes from
   * @param cuts the step at which each stage ends, ascending; the last is the number of steps
   * @param observer told of every end
   * @param denoiser stays the caller's; used by this thread alone
   * @param decoder of finished images; stays the caller's; used by this thread alone
   * @param previews makes an image of the size that is painted of the latents that are predicted;
   *     called by this thread alone; may throw {@link NotFiniteException}
   * @param failures names the part of the model at fault
   */
  public GenerationWorker(
      StagedQueue<Task> stages,
      int[] cuts,
      StepObserver observer,
      Denoiser denoiser,
      ImageDecoder decoder,
      Function<float[], RgbImage> previews,
      Function<NotFinite, NotFiniteException> failures) {
    this.stages = stages;
    this.cuts = cuts.clone();
    this.observer = observer;
    this.denoiser = denoiser;
    this.decoder = decoder;
    this.previews = previews;
    this.failures = failures;
  }

  /** Works until there is nothing more to do, or somebody stops the stages. */
  public void run() {
    try {
      StagedQueue.Batch<Task> batch;
      while ((batch = stages.next()) != null) {
        int rows = batch.tasks().get(0).canvas().functionEvaluations();
        if (!denoiser.denoise(canvases(batch), cuts[batch.stage()], stages::isStopped)) {
          return;
        }
        stages.count(batch, batch.tasks().get(0).canvas().functionEvaluations() - rows);
        stages.finish(batch, survivors(batch));
      }
    } catch (InterruptedException e) {
      stages.stop();
    }
  }

  private static List<DenoisingState> canvases(StagedQueue.Batch<Task> batch) {
    return batch.tasks().stream().map(Task::canvas).toList();
  }

  /** Tells the observer, and keeps those that it wants to see go on. */
  private List<Task> survivors(StagedQueue.Batch<Task> batch) {
    boolean isLast = batch.stage() == cuts.length - 1;
    List<Task> survivors = new ArrayList<>();
    for (Task task : batch.tasks()) {
      // Decoding and judging may take longer than a denoising step.
      if (stages.isStopped()) {
        break;
      }
      try {
        if (goesOn(task, isLast)) {
          survivors.add(task);
        }
      } catch (NotFiniteException e) {
        DenoisingState canvas = task.canvas();
        observer.onFailed(
            task.job(),
            new GenerationException(
                task.job().slot(),
                task.job().attempt(),
                canvas.step() - canvas.begin(),
                e.problem(),
                null));
      }
    }
    return survivors;
  }

  /** Finishes an image, or asks about its preview. */
  private boolean goesOn(Task task, boolean isLast) {
    DenoisingState canvas = task.canvas();
    NotFinite notFinite = canvas.notFinite();
    if (notFinite != null) {
      throw failures.apply(notFinite);
    }
    if (!isLast) {
      return goesOn(task);
    }
    RgbImage image = decoder.image(canvas.latents());
    observer.onGenerated(new GeneratedImage(task.job(), image, canvas.functionEvaluations()));
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
      return task.canvas().step() - task.canvas().begin();
    }

    @Override
    public int steps() {
      return cuts[cuts.length - 1] - task.canvas().begin();
    }

    @Override
    public int functionEvaluations() {
      return task.canvas().functionEvaluations();
    }

    @Override
    public RgbImage image() {
      if (isOver) {
        throw new IllegalStateException(
            "a preview's image can be asked for only during the call that hands the preview over");
      }
      if (image == null) {
        float[] denoised = task.canvas().denoised();
        if (!NotFinite.isFinite(denoised)) {
          throw failures.apply(NotFinite.LATENTS);
        }
        image = previews.apply(denoised);
      }
      return image;
    }

    @Override
    public float guidanceNorm() {
      return task.canvas().guidanceNorm();
    }
  }
}
