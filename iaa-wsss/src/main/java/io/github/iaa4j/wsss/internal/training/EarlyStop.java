package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.ValidationScore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Keeps the weights of the best measurement, and says when there were enough without a better. */
final class EarlyStop {

  private final int patience;
  private final List<ValidationScore> curve;
  private Map<String, float[]> best;

  /**
   * @param patience measurements without improvement that are enough; 0 if there are never enough
   * @param curve the measurements so far
   * @param best the weights of the best of them; empty if there is none
   */
  EarlyStop(int patience, List<ValidationScore> curve, Map<String, float[]> best) {
    this.patience = patience;
    this.curve = new ArrayList<>(curve);
    this.best = best;
  }

  /** Adds a measurement. Of two equally good ones the earlier is kept. */
  void add(ValidationScore score, Map<String, float[]> weights) {
    boolean isBetter =
        best().map(kept -> score.meanAveragePrecision() > kept.meanAveragePrecision()).orElse(true);
    curve.add(score);
    if (isBetter) {
      best = weights;
    }
  }

  /** The first of the best measurements. */
  Optional<ValidationScore> best() {
    ValidationScore best = null;
    for (ValidationScore score : curve) {
      if (best == null || score.meanAveragePrecision() > best.meanAveragePrecision()) {
        best = score;
      }
    }
    return Optional.ofNullable(best);
  }

  /** The weights of {@link #best()}; empty if nothing was measured. */
  Map<String, float[]> bestWeights() {
    return best;
  }

  /** Whether the last measurements were all no better than one before them. */
  boolean isOver() {
    return patience > 0
        && best().map(kept -> curve.size() - 1 - curve.indexOf(kept) >= patience).orElse(false);
  }

  /** All measurements, in the order of their steps. */
  List<ValidationScore> curve() {
    return List.copyOf(curve);
  }
}
