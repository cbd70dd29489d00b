package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.List;

/**
 * The two rows of one guided image in two runs of the UNet, so that an idle thread can compute the
 * unconditional one meanwhile.
 */
final class SplitBatch implements StepBatch, AutoCloseable {

  private final UnetBatch unconditional;
  private final UnetBatch conditional;
  private final SplitGuidance offered;
  private final IdleThreads idleThreads;

  /**
   * @param unconditional one row; closed with this
   * @param conditional one row; closed with this
   * @param idleThreads offered the unconditional row
   */
  SplitBatch(UnetBatch unconditional, UnetBatch conditional, IdleThreads idleThreads) {
    this.unconditional = unconditional;
    this.conditional = conditional;
    this.idleThreads = idleThreads;
    offered = new SplitGuidance(unconditional);
  }

  @Override
  public void setConditioning(List<DenoisingState> states, boolean isGuided) {
    states.get(0).writeConditional(conditional, 0);
    states.get(0).writeUnconditional(unconditional, 0);
  }

  @Override
  public void setLatents(int image, float[] latents) {
    unconditional.setLatents(0, latents);
    conditional.setLatents(0, latents);
  }

  @Override
  public void run(float timestep, int step, int steps) {
    try {
      offered.offer(timestep, idleThreads);
      conditional.run(timestep);
    } catch (RuntimeException | Error e) {
      offered.abandon();
      throw e;
    }
    offered.finish();
  }

  /** Runs both rows on the calling thread, one after the other. */
  void runHere(float timestep) {
    unconditional.run(timestep);
    conditional.run(timestep);
  }

  @Override
  public void getConditional(int image, float[] into) {
    conditional.getPrediction(0, into);
  }

  @Override
  public void getUnconditional(int image, float[] into) {
    unconditional.getPrediction(0, into);
  }

  @Override
  public void close() {
    unconditional.close();
    conditional.close();
  }
}
