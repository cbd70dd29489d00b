package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.util.Optional;
import java.util.Set;

/**
 * What the latents of a model are at a noise level, and how the level is its input. A scheduler of
 * another formulation samples the model without any error, into wrong images.
 */
enum Formulation {
  /** Noise by a schedule of betas, with timesteps as the input: Ho et al., arXiv 2006.11239. */
  BETAS("by a schedule of betas"),
  /**
   * The same latents, with logarithms of noise levels as the input: {@code timestep_type}
   * continuous.
   */
  CONTINUOUS("with logarithms of noise levels as timesteps"),
  /** Preconditioned: {@link EdmPreconditioning}. */
  EDM("with the preconditioning of EDM"),
  /** A flow from noise to images: Esser et al., arXiv 2403.03206. */
  FLOW("as a flow from noise to images");

  /** Schedulers of diffusers that are not implemented here, for models of betas. */
  private static final Set<String> OTHERS_WITH_BETAS =
      Set.of(
          "DDIMParallelScheduler",
          "DDPMParallelScheduler",
          "DPMSolverSDEScheduler",
          "KDPM2AncestralDiscreteScheduler",
          "KDPM2DiscreteScheduler",
          "SASolverScheduler");

  private final String how;

  Formulation(String how) {
    this.how = how;
  }

  /** How such a model was trained, to follow that word. */
  String how() {
    return how;
  }

  /** The formulation of a model, as far as the file of its scheduler states it. */
  static Optional<Formulation> of(JsonConfig json) {
    if (json.string("prediction_type", "epsilon").equals("flow_prediction")
        || json.flag("use_flow_sigmas", false)) {
      return Optional.of(FLOW);
    }
    String name = json.string("_class_name", "");
    // Without a class, betas are all that a scheduler can take from the file.
    if (name.isEmpty() || OTHERS_WITH_BETAS.contains(name)) {
      return Optional.of(BETAS);
    }
    Optional<SchedulerType> type = SchedulerType.of(name);
    if (type.isPresent()
        && type.get().takes(SchedulerType.Trait.CONTINUOUS_TIMESTEPS)
        && json.string("timestep_type", "discrete").equals("continuous")
        && json.string("prediction_type", "epsilon").equals("v_prediction")) {
      return Optional.of(CONTINUOUS);
    }
    return type.map(SchedulerType::formulation);
  }
}
