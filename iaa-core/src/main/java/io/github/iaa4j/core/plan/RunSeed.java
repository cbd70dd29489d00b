package io.github.iaa4j.core.plan;

import java.util.List;

/**
 * The one number that a run's randomness comes from. Whatever belongs to a slot or an attempt is
 * hashed from it, so no draw depends on earlier draws, on the thread, or on the order.
 *
 * @param value any number
 */
public record RunSeed(long value) {

  private static final long PLAN = 1;
  private static final long PROMPT = 2;
  private static final long GENERATION = 3;
  private static final long LABELS = 4;

  /** The seed that the plan is drawn from. */
  public long forPlan() {
    return hash(PLAN, 0, 0);
  }

  /** The seed of a slot's prompt. */
  public long forPrompt(int slot) {
    return hash(PROMPT, slot, 0);
  }

  /** The seed that all slots with these labels share. */
  public long forLabels(List<String> labels) {
    // The hash codes of lists and strings are the same in every Java.
    return hash(LABELS, labels.hashCode(), 0);
  }

  /** The seed of one attempt's noise. */
  public long forAttempt(int slot, int attempt) {
    return hash(GENERATION, slot, attempt);
  }

  /**
   * A number that decides whether an attempt is audited. It depends on that attempt's seed alone.
   *
   * @param attemptSeed as {@link #forAttempt} gives it
   * @return evenly distributed in [0, 1)
   */
  public static double auditDraw(long attemptSeed) {
    long bits = new RunSeed(attemptSeed).forPlan() >>> 11;
    return bits * 0x1.0p-53;
  }

  private long hash(long purpose, int slot, int attempt) {
    long hash = mix(value + 0x9e3779b97f4a7c15L);
    hash = mix(hash ^ purpose);
    hash = mix(hash ^ slot);
    return mix(hash ^ (attempt + 0x632be59bd9b4e019L));
  }

  /** The finaliser of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). */
  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }
}
