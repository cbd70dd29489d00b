package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.diffusion.internal.unet.ControlBatch;
import io.github.iaa4j.diffusion.internal.unet.ControlNets;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/** The denoising loop. Owns its buffers; for one thread. */
public final class Denoiser implements AutoCloseable {

  private final Unet unet;
  private final Scheduler scheduler;
  private final Guidance guidance;
  private final @Nullable ControlNets controls;
  private final IdleThreads helpers;
  private final Map<Size, UnetBatch> batches = new HashMap<>();
  private final Map<Integer, Halves> halvesByTokens = new HashMap<>();
  private final Map<Size, ControlBatch> controlBatches = new HashMap<>();
  private final float[] input;
  private final float[] conditional;
  private final float[] unconditional;
  private int widest;

  /** What a batch is made for. */
  private record Size(int rows, int tokens) {}

  /** One row each: what a guided image alone is asked by two threads. */
  private record Halves(UnetBatch unconditional, UnetBatch conditional, SplitGuidance offered) {}

  /**
   * @param unet stays the caller's
   * @param scheduler the steps
   * @param guidance how strongly, and at which steps, the prompt is followed
   * @param latentSize numbers in the latents of one image
   */
  public Denoiser(Unet unet, Scheduler scheduler, Guidance guidance, int latentSize) {
    this(unet, scheduler, guidance, latentSize, null, IdleThreads.NONE);
  }

  /**
   * @param unet stays the caller's
   * @param scheduler the steps
   * @param guidance how strongly, and at which steps, the prompt is followed
   * @param latentSize numbers in the latents of one image
   * @param controls that steer the UNet, or null; stay the caller's
   * @param helpers compute half of each step of an image that is alone
   */
  public Denoiser(
      Unet unet,
      Scheduler scheduler,
      Guidance guidance,
      int latentSize,
      @Nullable ControlNets controls,
      IdleThreads helpers) {
    this.unet = unet;
    this.controls = controls;
    this.helpers = helpers;
    this.scheduler = scheduler;
    this.guidance = guidance;
    input = new float[latentSize];
    conditional = new float[latentSize];
    unconditional = new float[latentSize];
  }

  /**
   * Takes images that stand at the same step on to another. The rows of the UNet are all
   * unconditional ones, then all conditional ones, as in diffusers. Images whose texts have other
   * numbers of tokens cannot share a run. On a CPU those with more than usual go one by one,
   * because only batches of the usual shape were tried. Where a new shape costs the device a
   * search, fewer images than before leave rows idle.
   *
   * <p>An image that is alone on a CPU is asked about by two threads, where one waits for work: one
   * computes the unconditional row, one the conditional. That is tried once against both rows
   * together, and left if it changes a bit.
   *
   * @param canvases at the same step
   * @param until the step to stand at then
   * @param cancelled asked before every step
   * @return false if it was cancelled on the way
   */
  public boolean denoise(List<DenoisingState> canvases, int until, BooleanSupplier cancelled) {
    int tokens = canvases.get(0).tokens();
    boolean isAlone = tokens != unet.usualTokens() && !unet.keepsShape();
    List<DenoisingState> together =
        isAlone
            ? canvases.subList(0, 1)
            : canvases.stream().filter(canvas -> canvas.tokens() == tokens).toList();
    if (together.size() < canvases.size()) {
      List<DenoisingState> others = new ArrayList<>(canvases);
      others.removeAll(together);
      return denoise(together, until, cancelled) && denoise(others, until, cancelled);
    }
    UnetBatch batch = null;
    UnetBatch negative = null;
    ControlBatch control = null;
    boolean wasGuided = false;
    boolean wasHalved = false;
    Halves halves = null;
    Integer key = tokens;
    int begin = canvases.get(0).begin();
    int steps = scheduler.steps() - begin;
    widest = Math.max(widest, canvases.size());
    int places = unet.keepsShape() ? widest : canvases.size();
    for (int step = canvases.get(0).step; step < until; step++) {
      if (cancelled.getAsBoolean()) {
        return false;
      }
      boolean guided = guidance.isOnAt(step - begin, steps);
      boolean halvable =
          guided
              && canvases.size() == 1
              && controls == null
              && !unet.keepsShape()
              && helpers.areIdle()
              && unet.maySplitGuidance(key);
      boolean halved = halvable && unet.splitsGuidance(key);
      int first = guided && !halved ? canvases.size() : 0;
      int steered = controls == null || controls.guesses() ? 0 : first;
      if (batch == null || negative == null || guided != wasGuided || halved != wasHalved) {
        halves = halved ? halves(key) : null;
        batch =
            halves != null
                ? halves.conditional
                : batch(new Size(guided ? 2 * places : places, tokens));
        negative = halves != null ? halves.unconditional : batch;
        tell(batch, first, guided ? negative : null, canvases);
        control =
            controlBatch(canvases, steered, new Size(steered > 0 ? 2 * places : places, tokens));
        wasGuided = guided;
        wasHalved = halved;
      }
      float inputScale = scheduler.inputScale(step);
      for (int k = 0; k < canvases.size(); k++) {
        float[] shown = scaled(canvases.get(k).latents(), inputScale);
        if (guided) {
          negative.setLatents(k, shown);
        }
        batch.setLatents(first + k, shown);
        if (control != null) {
          control.setLatents(steered + k, shown);
          if (steered > 0) {
            control.setLatents(k, shown);
          }
        }
      }
      if (control != null) {
        control.run(scheduler.timestep(step), step - begin, steps);
        control.addResidualsTo(batch, first - steered, steered + canvases.size());
      }
      if (halves != null) {
        run(batch, halves.offered, scheduler.timestep(step));
      } else {
        batch.run(scheduler.timestep(step));
        if (halvable && !cancelled.getAsBoolean()) {
          tryHalves(batch, canvases, step, key);
        }
      }
      for (int k = 0; k < canvases.size(); k++) {
        DenoisingState canvas = canvases.get(k);
        batch.getPrediction(first + k, conditional);
        canvas.guidanceNorm = 0;
        if (guided) {
          negative.getPrediction(k, unconditional);
          canvas.guidanceNorm = step == until - 1 ? gap() : 0;
          guidance.apply(unconditional, conditional);
        }
        scheduler.step(step, conditional, canvas.trajectory);
        if (canvas.kept != null) {
          canvas.kept.restore(scheduler, step, canvas.trajectory, unconditional);
        }
        canvas.functionEvaluations += guided ? 2 : 1;
        if (canvas.notFinite == null && !NotFinite.isFinite(canvas.latents())) {
          canvas.notFinite = NotFinite.LATENTS;
        }
        canvas.step = canvas.isFinite() ? step + 1 : canvas.step;
      }
    }
    return true;
  }

  /** What the model is shown: the latents themselves, or an array that the next call rewrites. */
  private float[] scaled(float[] latents, float scale) {
    if (scale == 1) {
      return latents;
    }
    for (int i = 0; i < latents.length; i++) {
      input[i] = latents[i] * scale;
    }
    return input;
  }

  /**
   * Writes what is asked.
   *
   * @param first the row of the first image
   * @param negative takes the negative prompts from row 0 on; null where the step is not guided
   */
  private static void tell(
      UnetBatch batch, int first, @Nullable UnetBatch negative, List<DenoisingState> canvases) {
    for (int k = 0; k < canvases.size(); k++) {
      DenoisingState canvas = canvases.get(k);
      batch.setConditioning(first + k, canvas.conditioning);
      if (negative != null) {
        negative.setConditioning(k, Objects.requireNonNull(canvas.negativeConditioning));
      }
      if (canvas.condition != null) {
        batch.setCondition(first + k, canvas.condition);
        if (negative != null) {
          negative.setCondition(k, canvas.condition);
        }
      }
    }
  }

  /** Both halves of a step, one of them on another thread if there is one. */
  private void run(UnetBatch batch, SplitGuidance other, float timestep) {
    try {
      other.offer(timestep, helpers);
      batch.run(timestep);
    } catch (RuntimeException | Error e) {
      other.abandon();
      throw e;
    }
    other.finish();
  }

  /** Finds out whether each row alone is answered as both were together, to the last bit. */
  private void tryHalves(
      UnetBatch together, List<DenoisingState> canvases, int step, Integer tokens) {
    Halves apart = halves(tokens);
    float[] shown = scaled(canvases.get(0).latents(), scheduler.inputScale(step));
    tell(apart.conditional, 0, apart.unconditional, canvases);
    apart.unconditional.setLatents(0, shown);
    apart.conditional.setLatents(0, shown);
    apart.unconditional.run(scheduler.timestep(step));
    apart.conditional.run(scheduler.timestep(step));
    boolean same = isSame(together, 0, apart.unconditional);
    // All NaN are equal, so an image that is lost tells nothing.
    boolean tells = NotFinite.isFinite(conditional);
    same &= isSame(together, 1, apart.conditional);
    if (tells && NotFinite.isFinite(conditional)) {
      unet.setSplitsGuidance(tokens, same);
    }
  }

  private boolean isSame(UnetBatch together, int row, UnetBatch alone) {
    together.getPrediction(row, conditional);
    alone.getPrediction(0, unconditional);
    return Arrays.equals(conditional, unconditional);
  }

  private Halves halves(Integer tokens) {
    return halvesByTokens.computeIfAbsent(
        tokens,
        length -> {
          UnetBatch offered = new UnetBatch(unet, 1, length);
          return new Halves(offered, new UnetBatch(unet, 1, length), new SplitGuidance(offered));
        });
  }

  /**
   * The ControlNets' batch, told what is asked.
   *
   * @param steered how many unconditional rows it has: those of the UNet, or none in guess mode
   */
  private @Nullable ControlBatch controlBatch(
      List<DenoisingState> canvases, int steered, Size size) {
    if (controls == null) {
      return null;
    }
    ControlBatch control =
        controlBatches.computeIfAbsent(
            size, key -> new ControlBatch(controls, unet, key.rows, key.tokens));
    for (int k = 0; k < canvases.size(); k++) {
      DenoisingState canvas = canvases.get(k);
      control.setConditioning(steered + k, canvas.conditioning, canvas.controls);
      if (steered > 0) {
        Conditioning negative = Objects.requireNonNull(canvas.negativeConditioning);
        control.setConditioning(k, negative, canvas.controls);
      }
    }
    return control;
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

  /** So many steps from the first on have one of each kind: guided or not, steered by which. */
  public static int stepsOfEachKind(Guidance guidance, @Nullable ControlNets controls, int steps) {
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

  /** In how many shapes the UNet was asked. */
  int shapes() {
    return batches.size();
  }

  private UnetBatch batch(Size size) {
    return batches.computeIfAbsent(size, key -> new UnetBatch(unet, key.rows, key.tokens));
  }

  @Override
  public void close() {
    batches.values().forEach(UnetBatch::close);
    batches.clear();
    for (Halves each : halvesByTokens.values()) {
      each.unconditional.close();
      each.conditional.close();
    }
    halvesByTokens.clear();
    controlBatches.values().forEach(ControlBatch::close);
    controlBatches.clear();
  }
}
