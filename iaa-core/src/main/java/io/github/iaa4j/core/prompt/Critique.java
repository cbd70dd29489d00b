package io.github.iaa4j.core.prompt;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What a critic thinks of a prompt.
 *
 * @param score from 0 (useless) to 1 (perfect); compared with the refinement's threshold
 * @param faults what is wrong, the most important first; may be empty
 * @param isUsable whether images may be generated from the prompt at all. A refinement does not end
 *     with a prompt that is not usable, whatever its score
 */
public record Critique(double score, List<Fault> faults, boolean isUsable) {

  /**
   * Copies its list.
   *
   * @throws IllegalArgumentException if the score is not in [0, 1]
   */
  public Critique {
    if (!(score >= 0 && score <= 1)) {
      throw new IllegalArgumentException("a critique's score is in [0, 1], not " + score);
    }
    faults = List.copyOf(faults);
  }

  /**
   * Of a usable prompt.
   *
   * @throws IllegalArgumentException if the score is not in [0, 1]
   */
  public Critique(double score, List<Fault> faults) {
    this(score, faults, true);
  }

  /**
   * A critique of a usable prompt, with advice in words only.
   *
   * @param advice what to change; if it is empty, there is no fault
   * @throws IllegalArgumentException if the score is not in [0, 1]
   */
  public Critique(double score, String advice) {
    this(score, advice.isBlank() ? List.of() : List.of(new Fault(Fault.Kind.OTHER, advice)));
  }

  /** What to change, in words: the advice of all faults, in their order; may be empty. */
  public String advice() {
    return advice(faults);
  }

  /** Whether there is a fault of this kind. */
  public boolean has(Fault.Kind kind) {
    return faults.stream().anyMatch(fault -> fault.kind() == kind);
  }

  static String advice(List<Fault> faults) {
    return faults.stream()
        .map(Fault::advice)
        .filter(advice -> !advice.isBlank())
        .collect(Collectors.joining(" "));
  }
}
