package io.github.iaa4j.core.filter;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A filter's answer.
 *
 * @param passed go on (preview) or keep (judge)
 * @param scores what was measured, by name, as the manifest records it
 * @param reason why it did not pass, for people; empty where it passed
 */
public record Verdict(boolean passed, Map<String, Double> scores, String reason) {

  /** Copies the scores, in their order. */
  public Verdict {
    scores = Collections.unmodifiableMap(new LinkedHashMap<>(scores));
  }

  /** Passed, with nothing measured. */
  public static Verdict pass() {
    return new Verdict(true, Map.of(), "");
  }

  /** Passed, with what was measured. */
  public static Verdict pass(Map<String, Double> scores) {
    return new Verdict(true, scores, "");
  }

  /** Did not pass. */
  public static Verdict fail(Map<String, Double> scores, String reason) {
    return new Verdict(false, scores, reason);
  }

  /** Both verdicts as one: passed where both passed, with all scores and reasons. */
  Verdict and(Verdict other) {
    Map<String, Double> all = new LinkedHashMap<>(scores);
    all.putAll(other.scores);
    List<String> reasons = new ArrayList<>();
    for (Verdict verdict : List.of(this, other)) {
      if (!verdict.passed) {
        reasons.add(verdict.reason);
      }
    }
    return new Verdict(passed && other.passed, all, String.join("; ", reasons));
  }
}
