package io.github.iaa4j.diffusion.internal.scheduler;

import java.util.stream.IntStream;

/**
 * DPM-Solver++ as a multistep method, deterministic or stochastic, for models with EDM's
 * preconditioning: the steps of {@link DpmSolverMultistepScheduler} on variance-exploding latents,
 * {@code alpha = 1} and {@code lambda = -log(sigma)}, with D of {@link EdmPreconditioning} as the
 * predictions m.
 *
 * <p>Behaves as {@code EDMDPMSolverMultistepScheduler} of diffusers.
 */
final class EdmDpmSolverMultistepScheduler extends DpmSolverMultistepScheduler {

  private final EdmPreconditioning preconditioning;

  EdmDpmSolverMultistepScheduler(SchedulerOptions options, TimestepRequest request) {
    super(
        options,
        levels(options, request),
        algorithm(options),
        ForwardProcess.VARIANCE_EXPLODING,
        Prediction.SAMPLE);
    preconditioning = new EdmPreconditioning(options);
    int solverOrder = options.solverOrder();
    boolean isThirdOrder = IntStream.range(2, steps()).anyMatch(step -> order(step) == 3);
    if (isThirdOrder && algorithm(options).isStochastic()) {
      throw options.unexpected("solver_order", "1 or 2 with sde-dpmsolver++");
    }
    boolean dividesByTheLastStep = solverOrder == 3 || (solverOrder == 2 && !isMidpoint(options));
    if (!options.finalSigmaIsZero() && dividesByTheLastStep && order(steps() - 1) > 1) {
      throw options.unexpected(
          "final_sigmas_type",
          "zero, or euler_at_final true: the last step from sigma_min to sigma_min has no length to"
              + " divide by");
    }
  }

  private static DpmAlgorithm algorithm(SchedulerOptions options) {
    return algorithm(
        options, DpmAlgorithm.DPMSOLVER_PLUS_PLUS, DpmAlgorithm.SDE_DPMSOLVER_PLUS_PLUS);
  }

  private static Sigmas levels(SchedulerOptions options, TimestepRequest request) {
    EdmPreconditioning preconditioning = new EdmPreconditioning(options);
    return preconditioning.levels(
        preconditioning.sigmas(request.steps()),
        options.finalSigmaIsZero() ? 0 : preconditioning.sigmaMin());
  }

  @Override
  public boolean takesFractionalTimesteps() {
    return true;
  }

  @Override
  public float initialScale() {
    return preconditioning.initialScale();
  }

  @Override
  public float inputScale(int step) {
    return preconditioning.inputScale(level(step));
  }

  @Override
  public void step(int step, float[] modelOutput, Trajectory trajectory) {
    float[] denoised = trajectory.denoised();
    preconditioning.denoise(trajectory.latents(), modelOutput, level(step), denoised);
    super.step(step, denoised, trajectory);
  }
}
