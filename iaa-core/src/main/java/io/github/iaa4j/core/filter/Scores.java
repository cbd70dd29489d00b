package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;

/** Asks a scorer, and holds it to its contract before its answer decides anything. */
final class Scores {

  private Scores() {}

  /**
   * The scorer's probabilities of an image.
   *
   * @throws ConfigurationException if there is not one for each of its classes, or one is not in
   *     [0, 1]
   */
  static float[] of(ImageScorer scorer, RgbImage image) {
    float[] scores = scorer.score(image);
    int classes = scorer.classNames().size();
    if (scores == null || scores.length != classes) {
      throw new ConfigurationException(
          "the scorer "
              + scorer.describe()
              + " gave "
              + (scores == null ? "null" : scores.length + " scores")
              + " for "
              + classes
              + " classes. ImageScorer.score returns one for each of classNames().");
    }
    for (int k = 0; k < classes; k++) {
      if (!(scores[k] >= 0 && scores[k] <= 1)) {
        throw new ConfigurationException(
            "the scorer "
                + scorer.describe()
                + " gave "
                + scores[k]
                + " for the class "
                + scorer.classNames().get(k)
                + ". A score is a probability in [0, 1]; a model that gives NaN is damaged or"
                + " overflows in half precision.");
      }
    }
    return scores;
  }
}
