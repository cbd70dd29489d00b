package io.github.iaa4j.diffusion.internal.scheduler;

import io.github.iaa4j.diffusion.internal.scheduler.NoiseSchedule.Betas;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The schedulers that there are. A new one is its class and its line here: its name in diffusers,
 * the betas that its class there has where a config states none or a formulation without betas, its
 * constructor, and what else it takes.
 */
@SuppressWarnings("ImmutableEnumChecker") // The records, lambdas and sets are never changed.
enum SchedulerType {
  DDIM(DdimScheduler.NAME, Betas.DDPM, withBetas(DdimScheduler::new), Trait.ZERO_SNR),
  DDPM(
      DdpmScheduler.NAME,
      Betas.DDPM,
      withBetas(DdpmScheduler::new),
      Trait.ZERO_SNR,
      Trait.TIMESTEPS),
  PNDM(PndmScheduler.NAME, Betas.DDPM, withBetas(PndmScheduler::new)),
  LMS(LmsDiscreteScheduler.NAME, Betas.DDPM, withFiniteSigmas(LmsDiscreteScheduler::new)),
  EULER(
      EulerDiscreteScheduler.NAME,
      Betas.DDPM,
      withFiniteSigmas(EulerDiscreteScheduler::new),
      Trait.ZERO_SNR,
      Trait.TIMESTEPS,
      Trait.SIGMAS),
  EULER_ANCESTRAL(
      EulerAncestralDiscreteScheduler.NAME,
      Betas.DDPM,
      withFiniteSigmas(EulerAncestralDiscreteScheduler::new),
      Trait.ZERO_SNR),
  HEUN(
      HeunDiscreteScheduler.NAME,
      Betas.HEUN,
      withFiniteSigmas(HeunDiscreteScheduler::new),
      Trait.TIMESTEPS),
  DPM_SOLVER_MULTISTEP(
      DpmSolverMultistepScheduler.NAME,
      Betas.DDPM,
      withFiniteSigmas(DpmSolverMultistepScheduler::new),
      Trait.ZERO_SNR,
      Trait.TIMESTEPS,
      Trait.FLOW_SIGMAS),
  DPM_SOLVER_SINGLESTEP(
      DpmSolverSinglestepScheduler.NAME,
      Betas.DDPM,
      withFiniteSigmas(DpmSolverSinglestepScheduler::new),
      Trait.TIMESTEPS,
      Trait.FLOW_SIGMAS),
  UNIPC_MULTISTEP(
      UniPcMultistepScheduler.NAME,
      Betas.DDPM,
      withFiniteSigmas(UniPcMultistepScheduler::new),
      Trait.ZERO_SNR,
      Trait.SIGMAS,
      Trait.FLOW_SIGMAS),
  DEIS_MULTISTEP(
      DeisMultistepScheduler.NAME,
      Betas.DDPM,
      withFiniteSigmas(DeisMultistepScheduler::new),
      Trait.FLOW_SIGMAS),
  LCM(
      LcmScheduler.NAME,
      Betas.STABLE_DIFFUSION,
      withBetas(LcmScheduler::new),
      Trait.ZERO_SNR,
      Trait.TIMESTEPS,
      Trait.FOR_DISTILLED),
  TCD(
      TcdScheduler.NAME,
      Betas.STABLE_DIFFUSION,
      withBetas(TcdScheduler::new),
      Trait.ZERO_SNR,
      Trait.TIMESTEPS,
      Trait.FOR_DISTILLED),
  FLOW_MATCH_EULER(
      FlowMatchEulerDiscreteScheduler.NAME,
      Formulation.FLOW,
      FlowMatchEulerDiscreteScheduler::new,
      Trait.TIMESTEPS,
      Trait.SIGMAS),
  EDM_EULER(EdmEulerScheduler.NAME, Formulation.EDM, EdmEulerScheduler::new),
  EDM_DPM_SOLVER_MULTISTEP(
      EdmDpmSolverMultistepScheduler.NAME, Formulation.EDM, EdmDpmSolverMultistepScheduler::new);

  /** What a scheduler takes that others of diffusers do not. */
  enum Trait {
    /** Timesteps of a run's own. */
    TIMESTEPS,
    /** Noise levels of a run's own. */
    SIGMAS,
    /** {@code rescale_betas_zero_snr}. */
    ZERO_SNR,
    /** {@code use_flow_sigmas}. */
    FLOW_SIGMAS,
    /** Models that were distilled for it, and no others. */
    FOR_DISTILLED
  }

  /** Makes a run's plan; asks for the noise schedule only if the scheduler has one. */
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
