package io.github.iaa4j.core.sampling;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.GenerationException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Hands out the jobs of a list, whose slots are their indices, and collects their images. */
final class ImageCollector implements JobSource, StepObserver {

  private final List<GenerationJob> jobs;
  private final JobSource source;
  private final Map<Integer, RgbImage> images = new TreeMap<>();
  private final Map<Integer, GenerationException> failures = new TreeMap<>();

  ImageCollector(List<GenerationJob> jobs) {
    this.jobs = jobs;
    source = JobSource.of(jobs);
  }

  @Override
  public @Nullable GenerationJob poll() {
    synchronized (this) {
      if (!failures.isEmpty()) {
        return null;
      }
    }
    return source.poll();
  }

  @Override
  public synchronized void onGenerated(GeneratedImage generated) {
    images.put(generated.job().slot(), generated.image());
  }

  @Override
  public synchronized void onFailed(GenerationJob job, GenerationException failure) {
    failures.put(job.slot(), failure);
  }

  /** The images in the order of the jobs. */
  synchronized List<RgbImage> images() {
    for (GenerationException failure : failures.values()) {
      throw failure;
    }
    for (GenerationJob job : jobs) {
      if (!images.containsKey(job.slot())) {
        throw new IllegalStateException(
            "the sampler ended without an image for job "
                + job.slot()
                + " of "
                + jobs.size()
                + ". DiffusionSampler.generate must call onGenerated or onFailed of the observer"
                + " for every job that it polls, and poll until there is none.");
      }
    }
    return List.copyOf(images.values());
  }
}
