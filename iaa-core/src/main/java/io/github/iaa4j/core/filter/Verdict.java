package io.github.iaa4j.core.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A filter's answer.
 *
 * @param passed go on (preview) or keep (judge)
 * @param scores what was measured, by name, as the manifest records it
 * @param reason why it did not pass, for people; empty where it passed
 * @param lastResort how good a rejected image still is, where it may be kept if nothing better
 *     comes; null where it passed and where it may not
 */
public record Verdict(
    boolean passed, Map<String, Double> scores, String reason, @Nullable Double lastResort) {

  /** Copies the scores, sorted by name. */
  public Verdict {
    scores = Collections.unmodifiableMap(new TreeMap<>(scores));
  }

  /** Passed, with nothing measured. */
  public static Verdict pass() {
    return new Verdict(true, Map.of(), "", null);
  }

  /** Passed, with what was measured. */
  public static Verdict pass(Map<String, Double> scores) {
    return new Verdict(true, scores, "", null);
  }

  /** Did not pass, and is never kept. */
  public static Verdict fail(Map<String, Double> scores, String reason) {
    return new Verdict(false, scores, reason, null);
  }

  /**
   * Did not pass, by degree rather than kind: of a slot's rejected images, the one of the highest
   * {@code quality} may still be kept, if the run fills the slots that used all their attempts.
   */
  public static Verdict failMildly(Map<String, Double> scores, String reason, double quality) {
    return new Verdict(false, scores, reason, quality);
  }

  /**
   * Both verdicts as one: passed where both passed, with all scores and reasons; a last resort
   * where neither forbids it, as good as the worse of the two.
   */
  Verdict and(Verdict other) {
    Map<String, Double> all = new TreeMap<>(scores);
    all.putAll(other.scores);
    List<String> reasons = new ArrayList<>();
    for (Verdict verdict : List.of(this, other)) {
      if (!verdict.passed) {
        reasons.add(verdict.reason);
      }
    }
    boolean both = passed && other.passed;
    boolean hopeless =
        (!passed && lastResort == null) || (!other.passed && other.lastResort == null);
    Double quality =
        both || hopeless ? null : (Double) Math.min(orBest(lastResort), orBest(other.lastResort));
    return new Verdict(both, all, String.join("; ", reasons), quality);
  }

  private static double orBest(@Nullable Double quality) {
    return quality == null ? Double.POSITIVE_INFINITY : quality;
  }
}
