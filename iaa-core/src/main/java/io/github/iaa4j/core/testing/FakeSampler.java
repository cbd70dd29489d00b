package io.github.iaa4j.core.testing;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.internal.DaemonThreads;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.SamplerInfo;
import io.github.iaa4j.core.sampling.StepObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * A sampler without a model: each job's image is whatever a function makes of the job. It keeps the
 * whole contract of {@link DiffusionSampler} (previews, new attempts, several threads, cancelling),
 * so a program that works with it works with a real one.
 */
public final class FakeSampler implements DiffusionSampler {

  private static final int STEPS = 10;

  private final Function<GenerationJob, RgbImage> generator;
  private final int threads;
  private final Object change = new Object();
  private int underWay;
  private volatile boolean closed;

  private FakeSampler(Function<GenerationJob, RgbImage> generator, int threads) {
    this.generator = generator;
    this.threads = threads;
  }

  /**
   * Generates with one thread what the function makes of a job. A job for which it throws a {@link
   * GenerationException} fails with it.
   */
  public static FakeSampler of(Function<GenerationJob, RgbImage> generator) {
    return new FakeSampler(generator, 1);
  }

  /** The same with several threads. */
  public FakeSampler threads(int threads) {
    return new FakeSampler(generator, threads);
  }

  /** An image of one colour. */
  public static RgbImage plain(int width, int height, int rgb) {
    byte[] pixels = new byte[width * height * 3];
    for (int i = 0; i < pixels.length; i += 3) {
      pixels[i] = (byte) (rgb >> 16);
      pixels[i + 1] = (byte) (rgb >> 8);
      pixels[i + 2] = (byte) rgb;
    }
    return new RgbImage(width, height, pixels);
  }

  @Override
  public SamplerInfo info() {
    return new SamplerInfo("fake", "0".repeat(64), "FakeScheduler", STEPS, 1, 16, 16, Map.of());
  }

  /**
   * @throws CancelledException if the thread or one of the sampler's was interrupted, or the
   *     sampler closed meanwhile
   * @throws IllegalStateException if the sampler is closed
   */
  @Override
  public void generate(JobSource jobs, StepObserver observer) {
    if (closed) {
      throw new IllegalStateException("this sampler is closed");
    }
    ExecutorService workers =
        Executors.newFixedThreadPool(threads, DaemonThreads.named("iaa-fake-sampler"));
    try {
      List<Future<?>> ends = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        ends.add(
            workers.submit(
                () -> {
                  work(jobs, observer);
                  return null;
                }));
      }
      for (Future<?> end : ends) {
        end.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw cancelled(e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InterruptedException interrupt) {
        if (!closed) {
          Thread.currentThread().interrupt();
        }
        throw cancelled(interrupt);
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      workers.shutdownNow();
    }
  }

  private static CancelledException cancelled(InterruptedException cause) {
    return new CancelledException("the fake sampler was cancelled; jobs under way are lost", cause);
  }

  private void work(JobSource jobs, StepObserver observer) throws InterruptedException {
    while (true) {
      GenerationJob job;
      synchronized (change) {
        job = jobs.poll();
        while (job == null) {
          if (underWay == 0) {
            return;
          }
          change.wait();
          job = jobs.poll();
        }
        underWay++;
      }
      try {
        generate(job, observer);
      } finally {
        synchronized (change) {
          underWay--;
          change.notifyAll();
        }
      }
    }
  }

  private void generate(GenerationJob job, StepObserver observer) throws InterruptedException {
    RgbImage image;
    try {
      image = generator.apply(job);
    } catch (GenerationException e) {
      observer.onFailed(job, e);
      return;
    }
    int[] previews = observer.previewSteps(STEPS);
    for (int done = 1; done <= STEPS; done++) {
      if (closed || Thread.interrupted()) {
        throw new InterruptedException();
      }
      int step = done;
      if (IntStream.of(previews).anyMatch(s -> s == step)
          && !observer.onPreview(new FakePreview(job, step, image))) {
        return;
      }
    }
    observer.onGenerated(new GeneratedImage(job, image, STEPS));
  }

  @Override
  public void close() {
    closed = true;
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
