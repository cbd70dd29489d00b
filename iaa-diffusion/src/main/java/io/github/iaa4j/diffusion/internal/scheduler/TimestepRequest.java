package io.github.iaa4j.diffusion.internal.scheduler;

import org.jspecify.annotations.Nullable;

/** The steps that a run requests, perhaps with timesteps or sigmas of its own. */
final class TimestepRequest {

  private final int steps;
  private final double @Nullable [] timesteps;
  private final double @Nullable [] sigmas;

  TimestepRequest(int steps, double @Nullable [] timesteps, double @Nullable [] sigmas) {
    this.steps = steps;
    this.timesteps = timesteps;
    this.sigmas = sigmas;
  }

  int steps() {
    return steps;
  }

  /** Falling, or null where the scheduler spaces them. */
  double @Nullable [] timesteps() {
    return timesteps;
  }

  /** Falling, or null where the scheduler takes them from training. */
  double @Nullable [] sigmas() {
    return sigmas;
  }
}
