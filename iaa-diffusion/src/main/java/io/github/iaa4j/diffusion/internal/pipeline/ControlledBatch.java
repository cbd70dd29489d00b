package io.github.iaa4j.diffusion.internal.pipeline;

import io.github.iaa4j.diffusion.internal.unet.ControlBatch;
import java.util.List;

/**
 * A batch whose rows ControlNets steer: they run first, and the UNet takes their residuals. In
 * guess mode only conditional rows are steered, so the ControlNets have no others.
 */
final class ControlledBatch implements StepBatch {

  private final JointBatch joint;
  private final ControlBatch control;
  private final boolean guesses;
  private int images;
  private int unsteered;
  private int firstConditional;

  /**
   * @param joint stays the caller's
   * @param control stays the caller's
   * @param guesses whether only conditional rows are steered
   */
  ControlledBatch(JointBatch joint, ControlBatch control, boolean guesses) {
    this.joint = joint;
    this.control = control;
    this.guesses = guesses;
  }

  @Override
  public void setConditioning(List<DenoisingState> states, boolean isGuided) {
    joint.setConditioning(states, isGuided);
    images = states.size();
    unsteered = isGuided && guesses ? images : 0;
    firstConditional = isGuided && !guesses ? images : 0;
    for (int k = 0; k < images; k++) {
      DenoisingState state = states.get(k);
      control.setConditioning(firstConditional + k, state.conditioning, state.controlImages);
      if (firstConditional > 0) {
        control.setConditioning(k, state.negativeConditioning(), state.controlImages);
      }
    }
  }

  @Override
  public void setLatents(int image, float[] latents) {
    joint.setLatents(image, latents);
    control.setLatents(firstConditional + image, latents);
    if (firstConditional > 0) {
      control.setLatents(image, latents);
    }
  }

  @Override
  public void run(float timestep, int step, int steps) {
    control.run(timestep, step, steps);
    control.addResidualsTo(joint.unet(), unsteered, firstConditional + images);
    joint.run(timestep, step, steps);
  }

  @Override
  public void getConditional(int image, float[] into) {
    joint.getConditional(image, into);
  }

  @Override
  public void getUnconditional(int image, float[] into) {
    joint.getUnconditional(image, into);
  }
}
