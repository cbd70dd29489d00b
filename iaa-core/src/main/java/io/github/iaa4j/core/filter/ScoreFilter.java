package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.sampling.Preview;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Asks an {@link ImageScorer} whether an image shows its labels. Immutable: each option gives a new
 * filter.
 */
public final class ScoreFilter implements OnlineFilter {

  private final ImageScorer scorer;
  private final double firstPreviewThreshold;
  private final double lastPreviewThreshold;
  private final double acceptThreshold;
  private final double othersThreshold;
  private final double[] previewAt;

  private ScoreFilter(
      ImageScorer scorer,
      double firstPreviewThreshold,
      double lastPreviewThreshold,
      double acceptThreshold,
      double othersThreshold,
      double[] previewAt) {
    this.scorer = scorer;
    this.firstPreviewThreshold = firstPreviewThreshold;
    this.lastPreviewThreshold = lastPreviewThreshold;
    this.acceptThreshold = acceptThreshold;
    this.othersThreshold = othersThreshold;
    this.previewAt = previewAt;
  }

  /** Accepts from 0.5, has no previews and does not mind other classes. */
  static ScoreFilter of(ImageScorer scorer) {
    return new ScoreFilter(scorer, 0, 0, 0.5, 1, new double[] {0.5});
  }

  /**
   * Drops a forming image in which the least likely of its labels has a probability below this. 0
   * turns previews off.
   *
   * @throws ConfigurationException if it is not in [0, 1]
   */
  public ScoreFilter rejectPreviewBelow(double probability) {
    return rejectPreviewBelow(probability, probability);
  }

  /**
   * As {@link #rejectPreviewBelow(double)}, with a probability that rises evenly from the first
   * preview to the last: the more an image has formed, the more may be asked of it. A lone preview
   * is the first. 0 means no preview there.
   *
   * @throws ConfigurationException if one is not in [0, 1], or the first is above the last
   */
  public ScoreFilter rejectPreviewBelow(double first, double last) {
    if (first > last) {
      throw new ConfigurationException(
          "what a preview must show rises, and not from " + first + " to " + last);
    }
    return new ScoreFilter(
        scorer, checked(first), checked(last), acceptThreshold, othersThreshold, previewAt);
  }

  /**
   * Keeps a finished image in which each of its labels has at least this probability.
   *
   * @throws ConfigurationException if it is not in [0, 1]
   */
  public ScoreFilter acceptFrom(double probability) {
    return new ScoreFilter(
        scorer,
        firstPreviewThreshold,
        lastPreviewThreshold,
        checked(probability),
        othersThreshold,
        previewAt);
  }

  /**
   * Rejects a finished image in which a class that is not among its labels has more than this
   * probability. 1, the default, never does.
   *
   * @throws ConfigurationException if it is not in [0, 1]
   */
  public ScoreFilter rejectOthersAbove(double probability) {
    return new ScoreFilter(
        scorer,
        firstPreviewThreshold,
        lastPreviewThreshold,
        acceptThreshold,
        checked(probability),
        previewAt);
  }

  /**
   * When to preview, as shares of the denoising steps; the default is once, at 0.5.
   *
   * @throws ConfigurationException if a share is not between 0 and 1
   */
  public ScoreFilter previewAt(double... shares) {
    for (double share : shares) {
      if (!(share > 0 && share < 1)) {
        throw new ConfigurationException("a preview is at a share in (0, 1), not " + share);
      }
    }
    return new ScoreFilter(
        scorer,
        firstPreviewThreshold,
        lastPreviewThreshold,
        acceptThreshold,
        othersThreshold,
        shares.clone());
  }

  private static double checked(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new ConfigurationException("a probability is in [0, 1], not " + probability);
    }
    return probability;
  }

  @Override
  public int[] previewSteps(int steps) {
    return thresholds(steps).keySet().stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public Verdict preview(Slot slot, Preview preview) {
    double threshold = thresholds(preview.steps()).getOrDefault(preview.step(), 0.0);
    float[] probabilities = scorer.score(preview.image());
    Map<String, Double> scores = wanted(slot, probabilities, "preview " + preview.step() + " ");
    return least(scores) >= threshold
        ? Verdict.pass(scores)
        : Verdict.fail(scores, reason(slot, probabilities, threshold));
  }

  /** What a preview must show, by step. */
  private SortedMap<Integer, Double> thresholds(int steps) {
    int[] previews =
        Arrays.stream(previewAt)
            .mapToInt(share -> (int) Math.round(share * steps))
            .filter(step -> step >= 1 && step < steps)
            .distinct()
            .sorted()
            .toArray();
    SortedMap<Integer, Double> thresholds = new TreeMap<>();
    for (int step : previews) {
      double length = previews[previews.length - 1] - previews[0];
      double share = length == 0 ? 0 : (step - previews[0]) / length;
      double risen = share * (lastPreviewThreshold - firstPreviewThreshold);
      double threshold = Math.min(firstPreviewThreshold + risen, lastPreviewThreshold);
      if (threshold > 0) {
        thresholds.put(step, threshold);
      }
    }
    return thresholds;
  }

  @Override
  public Verdict judge(Slot slot, RgbImage image) {
    float[] probabilities = scorer.score(image);
    Map<String, Double> scores = wanted(slot, probabilities, "");
    if (least(scores) < acceptThreshold) {
      return Verdict.failMildly(
          scores, reason(slot, probabilities, acceptThreshold), least(scores));
    }
    for (int k = 0; k < probabilities.length; k++) {
      String name = scorer.classNames().get(k);
      if (probabilities[k] > othersThreshold && !slot.labels().contains(name)) {
        scores.put(name, rounded(probabilities[k]));
        return Verdict.fail(
            scores, String.format(Locale.ROOT, "also shows %s (%.2f)", name, probabilities[k]));
      }
    }
    return Verdict.pass(scores);
  }

  private Map<String, Double> wanted(Slot slot, float[] probabilities, String prefix) {
    Map<String, Double> scores = new LinkedHashMap<>();
    for (String label : slot.labels()) {
      scores.put(prefix + label, rounded(probabilities[scorer.classNames().indexOf(label)]));
    }
    return scores;
  }

  private String reason(Slot slot, float[] probabilities, double threshold) {
    String missing =
        String.join(
            ", ",
            slot.labels().stream()
                .filter(label -> probabilities[scorer.classNames().indexOf(label)] < threshold)
                .toList());
    return "does not show " + (missing.isEmpty() ? String.join(", ", slot.labels()) : missing);
  }

  private static double least(Map<String, Double> scores) {
    return scores.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
  }

  /** Four decimals: enough for people, and what is compared is what is recorded. */
  private static double rounded(float probability) {
    return Math.round(probability * 1e4) / 1e4;
  }

  @Override
  public List<String> faults(List<String> classNames) {
    return classNames.stream()
        .filter(name -> !scorer.classNames().contains(name))
        .map(
            name ->
                "the filter's scorer does not know the class "
                    + name
                    + ", only "
                    + scorer.classNames())
        .toList();
  }

  /** The scorer and the thresholds. */
  @Override
  public String describe() {
    return String.format(
        Locale.ROOT,
        "%s: preview below %s at %s, accept from %s, others above %s",
        scorer.describe(),
        firstPreviewThreshold == lastPreviewThreshold
            ? firstPreviewThreshold
            : firstPreviewThreshold + " to " + lastPreviewThreshold,
        IntStream.range(0, previewAt.length).mapToObj(i -> String.valueOf(previewAt[i])).toList(),
        acceptThreshold,
        othersThreshold);
  }
}
