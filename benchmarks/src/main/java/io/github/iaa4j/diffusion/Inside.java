package io.github.iaa4j.diffusion;

import io.github.iaa4j.diffusion.internal.pipeline.Occupancy;

/** What a sampler knows of itself and tells nobody but the benchmarks. */
public final class Inside {

  private Inside() {}

  /** How full its batches were. */
  public static Occupancy occupancy(StableDiffusion sampler) {
    return sampler.occupancy();
  }
}
