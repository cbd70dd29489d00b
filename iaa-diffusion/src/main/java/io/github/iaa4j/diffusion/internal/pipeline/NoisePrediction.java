package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.scheduler.Scheduler;
import io.github.iaa4j.diffusion.internal.unet.ControlBatch;
import io.github.iaa4j.diffusion.internal.unet.ControlNets;
import io.github.iaa4j.diffusion.internal.unet.Unet;
import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the model predicts for a batch of images at one step, and how that is asked: together in one
 * run of the UNet, steered by ControlNets, or split over two threads.
 *
 * <p>A guided image that is alone on a CPU is split where a thread waits for work: one computes the
 * unconditional row, one the conditional. That is tried once against both rows together, and given
 * up if it changes a bit.
 *
 * <p>Owns the buffers of the networks, which are made once for each shape, so that a step makes no
 * objects. For one thread.
 */
final class NoisePrediction implements AutoCloseable {

  private final Unet unet;
  private final Scheduler scheduler;
  private final @Nullable ControlNets controls;
  private final IdleThreads idleThreads;
  private final Map<Shape, JointBatch> jointBatches = new HashMap<>();
  private final Map<Shape, ControlBatch> controlBatches = new HashMap<>();
  private final Map<Integer, SplitBatch> splitBatches = new HashMap<>();
  private final float[] scaled;
  private final float[] jointRow;
  private final float[] splitRow;
  private int maxImages;

  private List<DenoisingState> states = List.of();
  private Integer tokens = 0;
  private @Nullable StepBatch batch;
  private boolean isGuided;
  private boolean isSplit;

  /** What buffers are made for. */
  private record Shape(int rows, int tokens) {}

  /**
   * @param unet stays the caller's
   * @param scheduler that states timesteps and the scale of the input
   * @param latentSize numbers in the latents of one image
   * @param controls that steer the UNet, or null; stay the caller's
   * @param idleThreads may compute the unconditional row of an image that is alone
   */
  NoisePrediction(
      Unet unet,
      Scheduler scheduler,
      int latentSize,
      @Nullable ControlNets controls,
      IdleThreads idleThreads) {
    this.unet = unet;
    this.scheduler = scheduler;
    this.controls = controls;
    this.idleThreads = idleThreads;
    scaled = new float[latentSize];
    jointRow = new float[latentSize];
    splitRow = new float[latentSize];
  }

  /**
   * Picks the images that can share a run with the first one: those whose texts have as many
   * tokens. On a CPU an image with more tokens than usual goes alone, because only batches of the
   * usual shape were tried.
   */
  List<DenoisingState> batchOf(List<DenoisingState> waiting) {
    int length = waiting.get(0).tokens();
    if (length != unet.usualTokens() && !unet.keepsShape()) {
      return waiting.subList(0, 1);
    }
    return waiting.stream().filter(state -> state.tokens() == length).toList();
  }

  /**
   * Turns to other images, or to the same ones again.
   *
   * @param states one {@link #batchOf batch}, all at the same step
   */
  void start(List<DenoisingState> states) {
    this.states = states;
    tokens = states.get(0).tokens();
    maxImages = Math.max(maxImages, states.size());
    batch = null;
  }

  /**
   * Predicts for all images at once.
   *
   * @param step of the scheduler
   * @param guided whether an unconditional prediction is wanted too
   * @param cancelled asked before a trial that would make the step longer
   */
  void predict(int step, boolean guided, BooleanSupplier cancelled) {
    boolean maySplit =
        guided
            && states.size() == 1
            && controls == null
            && !unet.keepsShape()
            && idleThreads.areIdle()
            && unet.maySplitGuidance(tokens);
    boolean split = maySplit && unet.splitsGuidance(tokens);
    StepBatch current = batch;
    if (current == null || guided != isGuided || split != isSplit) {
      current = layOut(guided, split);
    }
    writeLatents(current, step);
    int begin = states.get(0).begin();
    current.run(scheduler.timestep(step), step - begin, scheduler.steps() - begin);
    if (maySplit && !split && !cancelled.getAsBoolean()) {
      trySplit(current, step);
    }
  }

  /** Copies the conditional prediction of an image, {@code [C, h, w]}. */
  void getConditional(int image, float[] into) {
    current().getConditional(image, into);
  }

  /** Copies the unconditional prediction of an image, {@code [C, h, w]}; for guided steps. */
  void getUnconditional(int image, float[] into) {
    current().getUnconditional(image, into);
  }

  private StepBatch current() {
    if (batch == null) {
      throw new IllegalStateException("nothing was predicted");
    }
    return batch;
  }

  private StepBatch layOut(boolean guided, boolean split) {
    StepBatch chosen = split ? splitBatch() : controls == null ? joint(guided) : steered(guided);
    chosen.setConditioning(states, guided);
    batch = chosen;
    isGuided = guided;
    isSplit = split;
    return chosen;
  }

  private JointBatch joint(boolean guided) {
    return jointBatches.computeIfAbsent(
        shape(guided), shape -> new JointBatch(new UnetBatch(unet, shape.rows, shape.tokens)));
  }

  private StepBatch steered(boolean guided) {
    ControlNets nets = Objects.requireNonNull(controls);
    ControlBatch control =
        controlBatches.computeIfAbsent(
            shape(guided && !nets.guesses()),
            shape -> new ControlBatch(nets, unet, shape.rows, shape.tokens));
    return new ControlledBatch(joint(guided), control, nets.guesses());
  }

  private SplitBatch splitBatch() {
    return splitBatches.computeIfAbsent(
        tokens,
        length ->
            new SplitBatch(
                new UnetBatch(unet, 1, length), new UnetBatch(unet, 1, length), idleThreads));
  }

  /**
   * Where a new shape costs the device a search, fewer images than before leave rows idle.
   *
   * @param isDoubled whether each image has two rows
   */
  private Shape shape(boolean isDoubled) {
    int images = unet.keepsShape() ? maxImages : states.size();
    return new Shape(isDoubled ? 2 * images : images, tokens);
  }

  private void writeLatents(StepBatch into, int step) {
    float scale = scheduler.inputScale(step);
    for (int k = 0; k < states.size(); k++) {
      into.setLatents(k, scaled(states.get(k).latents(), scale));
    }
  }

  /** The latents themselves, or an array that the next call overwrites. */
  private float[] scaled(float[] latents, float scale) {
    if (scale == 1) {
      return latents;
    }
    for (int i = 0; i < latents.length; i++) {
      scaled[i] = latents[i] * scale;
    }
    return scaled;
  }

  /** Finds out whether each row alone is answered as both were together, to the last bit. */
  private void trySplit(StepBatch together, int step) {
    SplitBatch split = splitBatch();
    split.setConditioning(states, true);
    writeLatents(split, step);
    split.runHere(scheduler.timestep(step));
    together.getUnconditional(0, jointRow);
    split.getUnconditional(0, splitRow);
    // All NaN are equal, so an image that is lost proves nothing.
    boolean isProof = NotFinite.isFinite(jointRow);
    boolean isSame = Arrays.equals(jointRow, splitRow);
    together.getConditional(0, jointRow);
    split.getConditional(0, splitRow);
    isSame &= Arrays.equals(jointRow, splitRow);
    if (isProof && NotFinite.isFinite(jointRow)) {
      unet.setSplitsGuidance(tokens, isSame);
    }
  }

  @Override
  public void close() {
    jointBatches.values().forEach(JointBatch::close);
    jointBatches.clear();
    splitBatches.values().forEach(SplitBatch::close);
    splitBatches.clear();
    controlBatches.values().forEach(ControlBatch::close);
    controlBatches.clear();
    batch = null;
  }
}
