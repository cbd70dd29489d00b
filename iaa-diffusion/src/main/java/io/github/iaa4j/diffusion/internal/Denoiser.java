package io.github.iaa4j.diffusion.internal;

import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The denoising loop. Owns its buffers; for one thread. */
public final class Denoiser implements AutoCloseable {

  private final Unet unet;
  private final Scheduler scheduler;
  private final Guidance guidance;
  private final List<@Nullable UnetBatch> batches = new ArrayList<>();
  private final float[] conditional;
  private final float[] unconditional;
  private int widest;

  /**
   * @param unet stays the caller's
   * @param scheduler the steps
   * @param guidance how strongly, and at which steps, the prompt is followed
   * @param latentSize numbers in the latents of one image
   */
  public Denoiser(Unet unet, Scheduler scheduler, Guidance guidance, int latentSize) {
    this.unet = unet;
    this.scheduler = scheduler;
    this.guidance = guidance;
    conditional = new float[latentSize];
    unconditional = new float[latentSize];
  }

  /**
   * Takes images that stand at the same step on to another. The rows of the UNet are all
   * unconditional ones, then all conditional ones, as in diffusers. Where a new shape costs the
   * device a search, fewer images than before leave rows idle.
   *
   * @param canvases at the same step
   * @param until the step to stand at then
   * @param cancelled asked before every step
   * @return false if it was cancelled on the way
   */
  public boolean denoise(List<Canvas> canvases, int until, BooleanSupplier cancelled) {
    UnetBatch told = null;
    widest = Math.max(widest, canvases.size());
    int places = unet.keepsShape() ? widest : canvases.size();
    for (int step = canvases.get(0).step; step < until; step++) {
      if (cancelled.getAsBoolean()) {
        return false;
      }
      boolean guided = guidance.isOnAt(step, scheduler.steps());
      int first = guided ? canvases.size() : 0;
      UnetBatch batch = batch(guided ? 2 * places : places);
      if (batch != told) {
        tell(batch, canvases, first);
        told = batch;
      }
      float inputScale = scheduler.inputScale(step);
      for (int k = 0; k < canvases.size(); k++) {
        if (guided) {
          batch.setLatents(k, canvases.get(k).latents(), inputScale);
        }
        batch.setLatents(first + k, canvases.get(k).latents(), inputScale);
      }
      batch.run(scheduler.timestep(step));
      for (int k = 0; k < canvases.size(); k++) {
        Canvas canvas = canvases.get(k);
        batch.getAnswer(first + k, conditional);
        canvas.guidanceGap = 0;
        if (guided) {
          batch.getAnswer(k, unconditional);
          canvas.guidanceGap = step == until - 1 ? gap() : 0;
          guidance.apply(unconditional, conditional);
        }
        scheduler.step(step, conditional, canvas.trajectory);
        canvas.unetRows += guided ? 2 : 1;
        canvas.isFinite &= isFinite(canvas.latents());
        canvas.step = canvas.isFinite ? step + 1 : canvas.step;
      }
    }
    return true;
  }

  /** Writes the texts: negative ones up to {@code first}, where the step is guided. */
  private static void tell(UnetBatch batch, List<Canvas> canvases, int first) {
    for (int k = 0; k < canvases.size(); k++) {
      Canvas canvas = canvases.get(k);
      batch.setText(first + k, canvas.text);
      if (first > 0) {
        batch.setText(k, Objects.requireNonNull(canvas.negativeText));
      }
    }
  }

  /** Root mean square of the difference over that of the unconditional answer. */
  private float gap() {
    double difference = 0;
    double size = 0;
    for (int i = 0; i < conditional.length; i++) {
      double apart = conditional[i] - unconditional[i];
      difference += apart * apart;
      size += (double) unconditional[i] * unconditional[i];
    }
    return size == 0 ? 0 : (float) Math.sqrt(difference / size);
  }

  private static boolean isFinite(float[] values) {
    // Zero times NaN or infinity is NaN, and NaN stays in a sum. Four sums, as each waits for its
    // last addition.
    float sum = 0;
    float second = 0;
    float third = 0;
    float fourth = 0;
    int i = 0;
    for (; i < values.length - 3; i += 4) {
      sum += 0 * values[i];
      second += 0 * values[i + 1];
      third += 0 * values[i + 2];
      fourth += 0 * values[i + 3];
    }
    for (; i < values.length; i++) {
      sum += 0 * values[i];
    }
    return sum + second + third + fourth == 0;
  }

  /** In how many shapes the UNet was asked. */
  long shapes() {
    return batches.stream().filter(Objects::nonNull).count();
  }

  private UnetBatch batch(int rows) {
    while (batches.size() <= rows) {
      batches.add(null);
    }
    UnetBatch batch = batches.get(rows);
    if (batch == null) {
      batch = new UnetBatch(unet, rows);
      batches.set(rows, batch);
    }
    return batch;
  }

  @Override
  public void close() {
    for (UnetBatch batch : batches) {
      if (batch != null) {
        batch.close();
      }
    }
    batches.clear();
  }
}
