package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.unet.UnetBatch;
import java.util.List;

/**
 * All rows in one run of the UNet: the unconditional ones, then the conditional ones, as in
 * diffusers.
 */
final class JointBatch implements StepBatch, AutoCloseable {

  private final UnetBatch unet;
  private int firstConditional;

  /**
   * @param unet closed with this
   */
  JointBatch(UnetBatch unet) {
    this.unet = unet;
  }

  @Override
  public void setConditioning(List<DenoisingState> states, boolean isGuided) {
    firstConditional = isGuided ? states.size() : 0;
    for (int k = 0; k < states.size(); k++) {
      states.get(k).writeConditional(unet, firstConditional + k);
      if (isGuided) {
        states.get(k).writeUnconditional(unet, k);
      }
    }
  }

  @Override
  public void setLatents(int image, float[] latents) {
    if (firstConditional > 0) {
      unet.setLatents(image, latents);
    }
    unet.setLatents(firstConditional + image, latents);
  }

  @Override
  public void run(float timestep, int step, int steps) {
    unet.run(timestep);
  }

  @Override
  public void getConditional(int image, float[] into) {
    unet.getPrediction(firstConditional + image, into);
  }

  @Override
  public void getUnconditional(int image, float[] into) {
    unet.getPrediction(image, into);
  }

  /** The rows of the UNet, for what ControlNets add to them. */
  UnetBatch unet() {
    return unet;
  }

  @Override
  public void close() {
    unet.close();
  }
}
