package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.unet.ControlNets;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The denoising loop. Owns its buffers; for one thread. */
public final class Denoiser implements AutoCloseable {

  private final Scheduler scheduler;
  private final Guidance guidance;
  private final NoisePrediction prediction;

  // Overwritten at each step of each image, so that a step makes no objects.
  private final float[] conditional;
  private final float[] unconditional;

  /**
   * @param unet stays the caller's
   * @param scheduler the steps
   * @param guidance how strongly, and at which steps, the prompt is followed
   * @param latentSize numbers in the latents of one image
   * @param controls that steer the UNet, or null; stay the caller's
   * @param idleThreads may compute half of each step of an image that is alone
   */
  public Denoiser(
      Unet unet,
      Scheduler scheduler,
      Guidance guidance,
      int latentSize,
      @Nullable ControlNets controls,
      IdleThreads idleThreads) {
    this.scheduler = scheduler;
    this.guidance = guidance;
    prediction = new NoisePrediction(unet, scheduler, latentSize, controls, idleThreads);
    conditional = new float[latentSize];
    unconditional = new float[latentSize];
  }

  /**
   * Denoises images that stand at the same step.
   *
   * @param states at the same step
   * @param until the step to stop before
   * @param cancelled asked before every step
   * @return false if it was cancelled on the way
   */
  public boolean denoise(List<DenoisingState> states, int until, BooleanSupplier cancelled) {
    List<DenoisingState> waiting = states;
    while (!waiting.isEmpty()) {
      List<DenoisingState> batch = prediction.batchOf(waiting);
      if (!denoiseBatch(batch, until, cancelled)) {
        return false;
      }
      waiting = without(batch, waiting);
    }
    return true;
  }

  private static List<DenoisingState> without(
      List<DenoisingState> batch, List<DenoisingState> waiting) {
    if (batch.size() == waiting.size()) {
      return List.of();
    }
    List<DenoisingState> rest = new ArrayList<>(waiting);
    rest.removeAll(batch);
    return rest;
  }

  private boolean denoiseBatch(List<DenoisingState> states, int until, BooleanSupplier cancelled) {
    int begin = states.get(0).begin();
    int steps = scheduler.steps() - begin;
    prediction.start(states);
    for (int step = states.get(0).step(); step < until; step++) {
      if (cancelled.getAsBoolean()) {
        return false;
      }
      boolean isGuided = guidance.isOnAt(step - begin, steps);
      prediction.predict(step, isGuided, cancelled);
      for (int k = 0; k < states.size(); k++) {
        DenoisingState state = states.get(k);
        state.guidanceNorm = 0;
        prediction.getConditional(k, conditional);
        if (isGuided) {
          prediction.getUnconditional(k, unconditional);
          state.guidanceNorm = step == until - 1 ? Guidance.norm(unconditional, conditional) : 0;
          guidance.apply(unconditional, conditional);
        }
        scheduler.step(step, conditional, state.trajectory);
        state.finishStep(scheduler, isGuided ? 2 : 1, unconditional);
      }
    }
    return true;
  }

  @Override
  public void close() {
    prediction.close();
  }
}
