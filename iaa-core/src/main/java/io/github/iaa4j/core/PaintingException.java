package io.github.iaa4j.core;

import io.github.iaa4j.core.sampling.PaintJob;
import org.jspecify.annotations.Nullable;

/** One image that could not be painted, such as one whose latents became NaN. Others go on. */
public final class PaintingException extends IaaException {

  private static final long serialVersionUID = 1L;

  private final int slot;
  private final int attempt;
  private final int step;

  /**
   * @param job the job at fault
   * @param step the denoising step at which it failed, from 0; the number of steps where it failed
   *     in the decoder
   * @param problem what happened and what to do
   * @param cause the underlying failure, or null
   */
  public PaintingException(PaintJob job, int step, String problem, @Nullable Throwable cause) {
    super(
        "slot " + job.slot() + ", attempt " + job.attempt() + ", step " + step + ": " + problem,
        cause);
    this.slot = job.slot();
    this.attempt = job.attempt();
    this.step = step;
  }

  /** The slot whose image failed. */
  public int slot() {
    return slot;
  }

  /** The attempt that failed, from 0. */
  public int attempt() {
    return attempt;
  }

  /** The denoising step at which it failed, from 0. */
  public int step() {
    return step;
  }
}
