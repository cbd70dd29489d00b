package io.github.iaa4j.core.testing;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.internal.PreviewSteps;
import io.github.iaa4j.core.internal.WorkerThread;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobFunction;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import io.github.iaa4j.core.settings.Description;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A sampler without a model: each job's image is whatever a function makes of the job. It keeps the
 * whole contract of {@link DiffusionSampler} (previews, new attempts, several threads, cancelling),
 * so a program that works with it works with a real one. Safe for use by several threads if the
 * function is.
 */
public final class FakeSampler implements DiffusionSampler {

  private static final int STEPS = 10;

  private final JobFunction<RgbImage> images;
  private final int threads;
  private final List<Call> calls = new ArrayList<>();
  private boolean isClosed;

  private FakeSampler(JobFunction<RgbImage> images, int threads) {
    this.images = images;
    this.threads = threads;
  }

  /**
   * Generates with one thread what the function makes of a job. A job for which it throws a {@link
   * GenerationException} fails with it.
   *
   * @param images of any size; a run warns about a lambda unless {@link JobFunction#of} gives it a
   *     description
   */
  public static FakeSampler of(JobFunction<RgbImage> images) {
    return new FakeSampler(images, 1);
  }

  /**
   * A new sampler with the same images and several threads, to test that an observer is safe for
   * them.
   *
   * @param threads that generate at once, at least 1
   * @throws IllegalArgumentException if there are fewer
   */
  public FakeSampler threads(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("a sampler has at least 1 thread, not " + threads);
    }
    return new FakeSampler(images, threads);
  }

  /**
   * An image of one colour.
   *
   * @param width in pixels, at least 1
   * @param height in pixels, at least 1
   * @param rgb red, green and blue, {@code 0xRRGGBB}
   */
  public static RgbImage plain(int width, int height, int rgb) {
    byte[] pixels = new byte[width * height * 3];
    for (int i = 0; i < pixels.length; i += 3) {
      pixels[i] = (byte) (rgb >> 16);
      pixels[i + 1] = (byte) (rgb >> 8);
      pixels[i + 2] = (byte) rgb;
    }
    return new RgbImage(width, height, pixels);
  }

  /** {@code fake}, with the description of the function as {@code images}. */
  @Override
  public Description describe() {
    return Description.of("fake")
        .with("images", Answers.require(images.describe(), images, "describe"));
  }

  /**
   * {@inheritDoc}
   *
   * <p>Works on daemon threads of its own, as many as {@link #threads} says.
   */
  @Override
  public void generate(JobSource jobs, StepObserver observer) {
    Call call = new Call(jobs, observer);
    synchronized (calls) {
      if (isClosed) {
        throw new IllegalStateException("the sampler is closed");
      }
      calls.add(call);
    }
    try {
      call.run();
    } finally {
      synchronized (calls) {
        calls.remove(call);
      }
    }
  }

  /** Cancels the calls in progress without waiting for them. Calling it again has no effect. */
  @Override
  public void close() {
    synchronized (calls) {
      isClosed = true;
      calls.forEach(Call::stop);
    }
  }

  /** One call of {@link #generate}. */
  private final class Call {

    private final Thread caller = Thread.currentThread();
    private final JobSource jobs;
    private final StepObserver observer;
    private final int[] previews;
    private int underWay;
    private boolean isStopped;
    private boolean isInterrupted;
    private @Nullable Throwable failure;

    Call(JobSource jobs, StepObserver observer) {
      this.jobs = jobs;
      this.observer = observer;
      previews = PreviewSteps.require(observer.previewSteps(STEPS), observer, STEPS);
    }

    void run() {
      List<WorkerThread> workers = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        workers.add(new WorkerThread("fake-sampler-" + i, this::work));
      }
      workers.forEach(Thread::start);
      workers.forEach(worker -> worker.join(this::interrupt));
      throwUnlessComplete();
    }

    private synchronized void throwUnlessComplete() {
      if (failure instanceof Error error) {
        throw error;
      }
      if (failure instanceof RuntimeException exception) {
        throw exception;
      }
      if (isStopped) {
        throw new CancelledException(
            isInterrupted
                ? "generating images was interrupted"
                : "the sampler was closed while it generated images",
            null);
      }
    }

    synchronized void stop() {
      isStopped = true;
      notifyAll();
    }

    private synchronized void interrupt() {
      isInterrupted = true;
      stop();
    }

    private synchronized boolean isStopped() {
      return isStopped;
    }

    private void work() {
      try {
        GenerationJob job;
        while ((job = next()) != null) {
          try {
            generate(job);
          } finally {
            end();
          }
        }
      } catch (RuntimeException | Error e) {
        fail(e);
      } catch (InterruptedException e) {
        interrupt();
        caller.interrupt();
      }
    }

    /** The next job; waits while others may lead to one. */
    private synchronized @Nullable GenerationJob next() throws InterruptedException {
      while (!isStopped) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        GenerationJob job = jobs.poll();
        if (job != null) {
          underWay++;
          return job;
        }
        if (underWay == 0) {
          return null;
        }
        wait();
      }
      return null;
    }

    private synchronized void end() {
      underWay--;
      notifyAll();
    }

    private synchronized void fail(Throwable cause) {
      failure = failure == null ? cause : failure;
      stop();
    }

    private void generate(GenerationJob job) {
      RgbImage image;
      try {
        image = images.apply(job);
      } catch (GenerationException e) {
        observer.onFailed(job, e);
        return;
      }
      for (int done = 1; done <= STEPS; done++) {
        int step = done;
        if (isStopped()) {
          return;
        }
        if (IntStream.of(previews).anyMatch(preview -> preview == step)
            && !observer.onPreview(new FakePreview(job, step, image))) {
          return;
        }
      }
      observer.onGenerated(new GeneratedImage(job, image, STEPS));
    }
  }

  private record FakePreview(GenerationJob job, int step, RgbImage image) implements Preview {
    @Override
    public int steps() {
      return STEPS;
    }

    @Override
    public int functionEvaluations() {
      return step;
    }

    @Override
    public float guidanceNorm() {
      return 0;
    }
  }
}
