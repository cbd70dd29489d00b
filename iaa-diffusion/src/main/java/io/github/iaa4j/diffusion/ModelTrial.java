package io.github.iaa4j.diffusion;

import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.diffusion.internal.pipeline.BatchInvariance;
import io.github.iaa4j.diffusion.internal.pipeline.Denoiser;
import io.github.iaa4j.diffusion.internal.pipeline.DenoisingState;
import io.github.iaa4j.diffusion.internal.pipeline.Guidance;
import io.github.iaa4j.diffusion.internal.pipeline.IdleThreads;
import io.github.iaa4j.diffusion.internal.unet.ControlNets;
import io.github.iaa4j.diffusion.internal.vae.ImageDecoder;
import io.github.iaa4j.diffusion.internal.vae.LinearPreview;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is found out about a model by running it once it is loaded: which batches change no bit, and
 * which colours its latents have.
 */
final class ModelTrial {

  private static final Logger log = LoggerFactory.getLogger(ModelTrial.class);

  /** Latents of an image from which on a batch of them only costs memory on a CPU. */
  private static final int MAX_BATCHED_LATENTS = 32 * 32;

  private static final int DEFAULT_BATCH = 4;

  /** A linear map is fitted to this many latents, as far as 2 to 8 images have them. */
  private static final int FITTED_LATENTS = 2048;

  private static final int MIN_FITTED_IMAGES = 2;
  private static final int MAX_FITTED_IMAGES = 8;

  private final LoadedPipeline pipeline;
  private final PipelinePlan plan;
  private final int batch;

  /**
   * @param pipeline stays the caller's
   * @throws CancelledException if the thread was interrupted; its flag stays set
   */
  ModelTrial(LoadedPipeline pipeline) {
    this.pipeline = pipeline;
    plan = pipeline.plan();
    Integer asked = plan.options().batch();
    int wanted = asked == null ? defaultBatch() : asked;
    batch = plan.options().device().isCpu() && wanted > 1 ? largestSafeBatch(wanted) : wanted;
  }

  /** Images that go through the UNet together. */
  int batch() {
    return batch;
  }

  /**
   * Images of up to 32 x 32 latents are so small that the overhead of an operator shows: up to four
   * share a run. Larger ones keep a thread busy by themselves, and need the memory. A UNet that
   * takes a fixed number of rows is given that many.
   */
  private int defaultBatch() {
    int rows = pipeline.unet().fixedRows();
    if (rows > 0) {
      return Math.max(rows / (plan.isGuided() ? 2 : 1), 1);
    }
    boolean isCpu = plan.options().device().isCpu();
    return isCpu && latents() > MAX_BATCHED_LATENTS ? 1 : DEFAULT_BATCH;
  }

  private int latents() {
    return (plan.width() / plan.latentScale()) * (plan.height() / plan.latentScale());
  }

  private int largestSafeBatch(int wanted) {
    int steps = stepsOfEachKind(plan.guidance(), pipeline.controls(), plan.steps());
    log.info(
        "Trying every batch up to {}, {} UNet runs: an image must depend on its own job alone",
        wanted,
        (2 * wanted - 1) * steps);
    int largest =
        BatchInvariance.largest(
            wanted, (first, count) -> denoised(first, count, plan.begin() + steps));
    if (largest < wanted) {
      log.warn(
          "On this processor a batch of {} changes bits of its images. Generating {} at a time, so"
              + " that an image depends on its own job alone.",
          largest + 1,
          largest);
    }
    return largest;
  }

  private float[][] denoised(int first, int count, int until) {
    List<DenoisingState> states =
        IntStream.range(first, first + count)
            .mapToObj(i -> pipeline.trialState(i, plan.begin(), "number " + i))
            .toList();
    try (Denoiser denoiser = pipeline.denoiser(IdleThreads.NONE)) {
      denoise(denoiser, states, until);
    }
    return states.stream().map(DenoisingState::latents).toArray(float[][]::new);
  }

  private void denoise(Denoiser denoiser, List<DenoisingState> states, int until) {
    if (!denoiser.denoise(states, until, Thread.currentThread()::isInterrupted)) {
      throw new CancelledException(
          plan.options().folder() + ": loading the model was cancelled. Load it again.", null);
    }
  }

  /**
   * How many steps from the first on include each kind of step: guided or not, and steered by which
   * ControlNets. They differ in their rows.
   */
  static int stepsOfEachKind(Guidance guidance, @Nullable ControlNets controls, int steps) {
    Set<Integer> kinds = new HashSet<>();
    int until = 0;
    for (int step = 0; step < steps; step++) {
      int active = controls == null ? 0 : controls.active(step, steps);
      if (kinds.add(guidance.isOnAt(step, steps) ? active : ~active)) {
        until = step + 1;
      }
    }
    return until;
  }

  /**
   * Fits the colours of previews to images that are generated without a prompt: latents of another
   * kind, such as noise, have other colours. They are generated as jobs are, in batches that were
   * tried.
   */
  LinearPreview linearPreview() {
    int images =
        Math.max(Math.min(FITTED_LATENTS / latents(), MAX_FITTED_IMAGES), MIN_FITTED_IMAGES);
    log.info("Generating {} images without a prompt, to fit the colours of previews to", images);
    List<float[]> latents = new ArrayList<>();
    try (Denoiser denoiser = pipeline.denoiser(IdleThreads.NONE);
        ImageDecoder decoder = pipeline.decoder()) {
      for (int first = 0; first < images; first += batch) {
        List<DenoisingState> states =
            IntStream.range(first, Math.min(first + batch, images))
                .mapToObj(i -> pipeline.trialState(i, 0, ""))
                .toList();
        denoise(denoiser, states, plan.scheduler().steps());
        for (DenoisingState state : states) {
          pipeline.requireFinite(state);
          latents.add(state.latents());
        }
      }
      return new LinearPreview(latents, decoder, pipeline.vae(), plan.width(), plan.height());
    }
  }
}
