package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.diffusion.internal.scheduler.NoiseSchedule.Betas;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * All schedulers. To add one, write its class and add a constant here: its name in diffusers, the
 * betas that its class there defaults to (or a formulation without betas), its constructor, and
 * what else it takes. Options that no other scheduler has are added to {@link
 * SchedulerConfig#KNOWN}.
 */
@SuppressWarnings("ImmutableEnumChecker") // The records, lambdas and sets are never changed.
enum SchedulerType {
  DDIM("DDIMScheduler", Betas.DDPM, withBetas(DdimScheduler::new), Trait.ZERO_SNR),
  DDPM(
      "DDPMScheduler",
      Betas.DDPM,
      withBetas(DdpmScheduler::new),
      Trait.ZERO_SNR,
      Trait.CUSTOM_TIMESTEPS),
  PNDM("PNDMScheduler", Betas.DDPM, withBetas(PndmScheduler::new)),
  LMS("LMSDiscreteScheduler", Betas.DDPM, withFiniteSigmas(LmsDiscreteScheduler::new)),
  EULER(
      "EulerDiscreteScheduler",
      Betas.DDPM,
      withFiniteSigmas(EulerDiscreteScheduler::new),
      Trait.ZERO_SNR,
      Trait.CONTINUOUS_TIMESTEPS,
      Trait.CUSTOM_TIMESTEPS,
      Trait.CUSTOM_SIGMAS,
      Trait.CUSTOM_FINAL_SIGMA),
  EULER_ANCESTRAL(
      "EulerAncestralDiscreteScheduler",
      Betas.DDPM,
      withFiniteSigmas(EulerAncestralDiscreteScheduler::new),
      Trait.ZERO_SNR),
  HEUN(
      "HeunDiscreteScheduler",
      Betas.HEUN,
      withFiniteSigmas(HeunDiscreteScheduler::new),
      Trait.CUSTOM_TIMESTEPS),
  DPM_SOLVER_MULTISTEP(
      "DPMSolverMultistepScheduler",
      Betas.DDPM,
      withFiniteSigmas(DpmSolverMultistepScheduler::new),
      Trait.ZERO_SNR,
      Trait.CUSTOM_TIMESTEPS,
      Trait.FLOW_SIGMAS),
  DPM_SOLVER_SINGLESTEP(
      "DPMSolverSinglestepScheduler",
      Betas.DDPM,
      withFiniteSigmas(DpmSolverSinglestepScheduler::new),
      Trait.CUSTOM_TIMESTEPS,
      Trait.FLOW_SIGMAS),
  UNIPC_MULTISTEP(
      "UniPCMultistepScheduler",
      Betas.DDPM,
      withFiniteSigmas(UniPcMultistepScheduler::new),
      Trait.ZERO_SNR,
      Trait.CUSTOM_SIGMAS,
      Trait.FLOW_SIGMAS),
  DEIS_MULTISTEP(
      "DEISMultistepScheduler",
      Betas.DDPM,
      withFiniteSigmas(DeisMultistepScheduler::new),
      Trait.FLOW_SIGMAS),
  LCM(
      "LCMScheduler",
      Betas.STABLE_DIFFUSION,
      withBetas(LcmScheduler::new),
      Trait.ZERO_SNR,
      Trait.CUSTOM_TIMESTEPS,
      Trait.DISTILLED_MODELS),
  TCD(
      "TCDScheduler",
      Betas.STABLE_DIFFUSION,
      withBetas(TcdScheduler::new),
      Trait.ZERO_SNR,
      Trait.CUSTOM_TIMESTEPS,
      Trait.DISTILLED_MODELS),
  FLOW_MATCH_EULER(
      "FlowMatchEulerDiscreteScheduler",
      Formulation.FLOW,
      FlowMatchEulerDiscreteScheduler::new,
      Trait.CUSTOM_TIMESTEPS,
      Trait.CUSTOM_SIGMAS,
      Trait.CUSTOM_TIMESTEPS_WITH_SIGMAS),
  EDM_EULER("EDMEulerScheduler", Formulation.EDM, EdmEulerScheduler::new),
  EDM_DPM_SOLVER_MULTISTEP(
      "EDMDPMSolverMultistepScheduler", Formulation.EDM, EdmDpmSolverMultistepScheduler::new);

  /** What a scheduler takes that others of diffusers do not. */
  enum Trait {
    /** Timesteps of a run's own. */
    CUSTOM_TIMESTEPS,
    /** Sigmas of a run's own, one for each step. */
    CUSTOM_SIGMAS,
    /** One sigma more, for the end. */
    CUSTOM_FINAL_SIGMA,
    /** Timesteps and sigmas of a run's own at once. */
    CUSTOM_TIMESTEPS_WITH_SIGMAS,
    /** {@code timestep_type} continuous. */
    CONTINUOUS_TIMESTEPS,
    /** {@code rescale_betas_zero_snr}. */
    ZERO_SNR,
    /** {@code use_flow_sigmas}. */
    FLOW_SIGMAS,
    /** Models that were distilled for it, and no others. */
    DISTILLED_MODELS
  }

  /** Plans a run; computes the noise schedule only if the scheduler has one. */
  private interface Factory {
    Scheduler create(
        SchedulerOptions options, Supplier<NoiseSchedule> noise, TimestepRequest request);
  }

  private interface OfNoise {
    Scheduler create(SchedulerOptions options, NoiseSchedule noise, TimestepRequest request);
  }

  private interface OfRequest {
    Scheduler create(SchedulerOptions options, TimestepRequest request);
  }

  private final String className;
  private final Formulation formulation;
  private final Betas betas;
  private final Factory factory;
  private final Set<Trait> traits;

  SchedulerType(String className, Betas betas, Factory factory, Trait... traits) {
    this.className = className;
    formulation = Formulation.BETAS;
    this.betas = betas;
    this.factory = factory;
    this.traits = Set.of(traits);
  }

  SchedulerType(String className, Formulation formulation, OfRequest constructor, Trait... traits) {
    this.className = className;
    this.formulation = formulation;
    betas = Betas.DDPM;
    factory = (options, noise, request) -> constructor.create(options, request);
    this.traits = Set.of(traits);
  }

  private static Factory withBetas(OfNoise constructor) {
    return (options, noise, request) -> constructor.create(options, noise.get(), request);
  }

  private static Factory withFiniteSigmas(OfNoise constructor) {
    return (options, noise, request) ->
        constructor.create(options, noise.get().withFiniteSigmas(), request);
  }

  /** The scheduler of a class in diffusers, if there is one here. */
  static Optional<SchedulerType> of(String className) {
    return Arrays.stream(values()).filter(type -> type.className.equals(className)).findFirst();
  }

  /** Their classes in diffusers. */
  static List<String> classNames() {
    return Arrays.stream(values()).map(SchedulerType::className).toList();
  }

  /** The class as diffusers names it. */
  String className() {
    return className;
  }

  /** Of the models that it samples. */
  Formulation formulation() {
    return formulation;
  }

  /** The betas of the class in diffusers. */
  Betas betas() {
    return betas;
  }

  boolean takes(Trait trait) {
    return traits.contains(trait);
  }

  Scheduler create(
      SchedulerOptions options, Supplier<NoiseSchedule> noise, TimestepRequest request) {
    return factory.create(options, noise, request);
  }
}
