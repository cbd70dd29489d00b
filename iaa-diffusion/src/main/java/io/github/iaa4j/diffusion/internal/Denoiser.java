package io.github.iaa4j.diffusion.internal;

import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The denoising loop, with classifier-free guidance (Ho, Salimans, arXiv 2207.12598, in the form
 * {@code unconditional + scale * (conditional - unconditional)}). Owns its buffers; for one thread.
 */
public final class Denoiser implements AutoCloseable {

  private final Unet unet;
  private final Scheduler scheduler;
  private final float guidanceScale;
  private final List<@Nullable UnetBatch> batches = new ArrayList<>();
  private final float[] conditional;
  private final float[] unconditional;

  /**
   * @param unet stays the caller's
   * @param scheduler the steps
   * @param guidanceScale guidance is on where it is above 1
   * @param latentSize numbers in the latents of one image
   */
  public Denoiser(Unet unet, Scheduler scheduler, double guidanceScale, int latentSize) {
    this.unet = unet;
    this.scheduler = scheduler;
    this.guidanceScale = (float) guidanceScale;
    conditional = new float[latentSize];
    unconditional = new float[latentSize];
  }

  /**
   * Takes images that stand at the same step on to another. The rows of the UNet are all
   * unconditional ones, then all conditional ones, as in diffusers.
   *
   * @param canvases at the same step
   * @param until the step to stand at then
   * @param cancelled asked before every step
   * @return false if it was cancelled on the way
   */
  public boolean denoise(List<Canvas> canvases, int until, BooleanSupplier cancelled) {
    boolean guided = guidanceScale > 1;
    int first = guided ? canvases.size() : 0;
    UnetBatch batch = batch(first + canvases.size());
    for (int k = 0; k < canvases.size(); k++) {
      Canvas canvas = canvases.get(k);
      batch.setText(first + k, canvas.text);
      if (canvas.negativeText != null) {
        batch.setText(k, canvas.negativeText);
      }
    }
    for (int step = canvases.get(0).step; step < until; step++) {
      if (cancelled.getAsBoolean()) {
        return false;
      }
      float inputScale = scheduler.inputScale(step);
      for (int k = 0; k < canvases.size(); k++) {
        batch.setLatents(k, canvases.get(k).latents(), inputScale);
        batch.setLatents(first + k, canvases.get(k).latents(), inputScale);
      }
      batch.run(scheduler.timestep(step));
      for (int k = 0; k < canvases.size(); k++) {
        Canvas canvas = canvases.get(k);
        batch.getAnswer(first + k, conditional);
        if (guided) {
          batch.getAnswer(k, unconditional);
          canvas.guidanceGap = step == until - 1 ? gap() : 0;
          guide();
        }
        scheduler.step(step, conditional, canvas.trajectory);
        canvas.unetRows += guided ? 2 : 1;
        canvas.isFinite &= isFinite(canvas.latents());
        canvas.step = canvas.isFinite ? step + 1 : canvas.step;
      }
    }
    return true;
  }

  private void guide() {
    for (int i = 0; i < conditional.length; i++) {
      conditional[i] = unconditional[i] + guidanceScale * (conditional[i] - unconditional[i]);
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
    // Zero times NaN or infinity is NaN, and NaN stays in a sum.
    float sum = 0;
    for (float value : values) {
      sum += 0 * value;
    }
    return sum == 0;
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
