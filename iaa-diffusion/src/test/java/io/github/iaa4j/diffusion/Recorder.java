package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.GenerationException;
import io.github.iaa4j.core.sampling.GeneratedImage;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.sampling.StepObserver;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Keeps what a sampler reports, by slot. */
class Recorder implements StepObserver {

  final Map<Integer, RgbImage> images = Collections.synchronizedMap(new TreeMap<>());
  final Map<Integer, Integer> rows = new ConcurrentHashMap<>();
  final Map<Integer, GenerationException> failures = new ConcurrentHashMap<>();
  final List<Integer> asked = new CopyOnWriteArrayList<>();
  private final int[] previews;
  private List<Integer> dropped = List.of();
  private boolean keepsFailures;

  Recorder(int... previews) {
    this.previews = previews;
  }

  /** Drops the images of these slots at their first preview. */
  Recorder dropping(Integer... slots) {
    dropped = Arrays.asList(slots);
    return this;
  }

  /** Keeps failures rather than throwing them. */
  Recorder keepingFailures() {
    keepsFailures = true;
    return this;
  }

  @Override
  public int[] previewSteps(int steps) {
    asked.add(steps);
    return previews;
  }

  @Override
  public boolean onPreview(Preview preview) {
    return !dropped.contains(preview.job().slot());
  }

  @Override
  public void onGenerated(GeneratedImage generated) {
    images.put(generated.job().slot(), generated.image());
    rows.put(generated.job().slot(), generated.functionEvaluations());
  }

  @Override
  public void onFailed(GenerationJob job, GenerationException failure) {
    if (!keepsFailures) {
      throw failure;
    }
    failures.put(job.slot(), failure);
  }
}
