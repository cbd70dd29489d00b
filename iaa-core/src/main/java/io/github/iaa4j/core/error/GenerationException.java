package io.github.iaa4j.core.error;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One image that could not be generated, such as one whose latents became NaN. Other images
 * continue, unless the first attempts of a run all fail: then {@code
 * ImageAugmentationAgent.generate()} throws one that gives the most frequent reason, with an
 * attempt that failed for it as its cause.
 */
public final class GenerationException extends IaaException {

  private static final long serialVersionUID = 1L;

  private final int slot;
  private final int attempt;
  private final int step;
  private final String problem;

  /**
   * @param slot the slot of the job at fault
   * @param attempt the attempt of the job at fault
   * @param step the denoising step at which it failed, from 0; the number of steps where it failed
   *     in the decoder
   * @param problem what happened and what to do, in words that are the same for every job that
   *     fails in this way, because they are counted
   * @param cause the underlying failure, or null
   */
  public GenerationException(
      int slot, int attempt, int step, String problem, @Nullable Throwable cause) {
    this(
        "slot " + slot + ", attempt " + attempt + ", step " + step + ": " + problem,
        slot,
        attempt,
        step,
        problem,
        cause);
  }

  private GenerationException(
      String message, int slot, int attempt, int step, String problem, @Nullable Throwable cause) {
    super(message, cause);
    this.slot = slot;
    this.attempt = attempt;
    this.step = step;
    this.problem = problem;
  }

  /**
   * The end of a run whose first attempts all failed.
   *
   * @param run the run's folder
   * @param attempts how many
   * @param such how many of them failed as {@code typical} did
   * @param typical the first attempt that failed for the most frequent reason
   */
  public static GenerationException ofAll(
      Path run, int attempts, int such, GenerationException typical) {
    return new GenerationException(
        run
            + ": the first "
            + attempts
            + " attempts all failed, so the run stops. Started again, it repeats them, even with"
            + " another model. "
            + such
            + " of them failed like slot "
            + typical.slot
            + ", attempt "
            + typical.attempt
            + ", step "
            + typical.step
            + ": "
            + typical.problem,
        typical.slot,
        typical.attempt,
        typical.step,
        typical.problem,
        typical);
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

  /** What happened and what to do, without slot, attempt and step. */
  public String problem() {
    return problem;
  }
}
