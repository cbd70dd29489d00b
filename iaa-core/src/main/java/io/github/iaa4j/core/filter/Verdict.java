package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.outcome.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A filter's answer: the image is continued (preview) or kept (judge) if there is no reason against
 * it.
 *
 * @param scores what was measured, by name, as the manifest records it; finite numbers
 * @param reasons why it did not pass; empty where it passed
 * @param quality how good a rejected image still is, where it may be kept as a fallback if nothing
 *     better comes; higher is better; null where it passed and where it may never be kept
 */
public record Verdict(Map<String, Double> scores, List<Reason> reasons, @Nullable Double quality) {

  private static final Verdict PASSED = new Verdict(Map.of(), List.of(), null);

  /**
   * Copies the scores, sorted by name.
   *
   * @throws IllegalArgumentException if a score or the quality is not a finite number, or there is
   *     a quality and no reason
   */
  public Verdict {
    scores = Collections.unmodifiableMap(new TreeMap<>(scores));
    reasons = List.copyOf(reasons);
    scores.forEach(
        (name, score) -> {
          if (score == null || !Double.isFinite(score)) {
            throw new IllegalArgumentException(
                "the score \"" + name + "\" of a verdict is a finite number, not " + score);
          }
        });
    if (quality != null && (reasons.isEmpty() || !Double.isFinite(quality))) {
      throw new IllegalArgumentException(
          reasons.isEmpty()
              ? "only a rejected image has a quality"
              : "the quality of a verdict is a finite number, not " + quality);
    }
  }

  /** Passed, with nothing measured. */
  public static Verdict pass() {
    return PASSED;
  }

  /** Passed, with what was measured. */
  public static Verdict pass(Map<String, Double> scores) {
    return new Verdict(scores, List.of(), null);
  }

  /** Did not pass, and is never kept. */
  public static Verdict reject(Map<String, Double> scores, Reason reason) {
    return new Verdict(scores, List.of(reason), null);
  }

  /**
   * Did not pass, but only by a matter of degree: of a slot's rejected images, the one of the
   * highest quality may still be kept as a fallback, if the run fills the slots that used all their
   * attempts.
   *
   * @param quality a finite number; if two filters are combined, the lower one counts
   */
  public static Verdict rejectWithQuality(
      Map<String, Double> scores, Reason reason, double quality) {
    return new Verdict(scores, List.of(reason), quality);
  }

  /** Whether there is no reason against the image. */
  public boolean passed() {
    return reasons.isEmpty();
  }

  /**
   * Combines both verdicts: passed if both passed, with all scores and reasons; the lower quality,
   * unless one of them forbids keeping the image.
   */
  Verdict and(Verdict other) {
    Map<String, Double> all = new TreeMap<>(scores);
    all.putAll(other.scores);
    List<Reason> both = new ArrayList<>(reasons);
    both.addAll(other.reasons);
    boolean isFallback = !both.isEmpty() && mayBeKept() && other.mayBeKept();
    return new Verdict(
        all, both, isFallback ? (Double) Math.min(orBest(quality), orBest(other.quality)) : null);
  }

  private boolean mayBeKept() {
    return passed() || quality != null;
  }

  private static double orBest(@Nullable Double quality) {
    return quality == null ? Double.POSITIVE_INFINITY : quality;
  }
}
