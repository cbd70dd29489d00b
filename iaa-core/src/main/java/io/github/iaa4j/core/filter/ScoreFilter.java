package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.outcome.Reason;
import io.github.iaa4j.core.plan.Slot;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.core.settings.Description;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Asks an {@link ImageScorer} whether an image shows its labels. Immutable: each option returns a
 * new filter.
 */
public final class ScoreFilter implements OnlineFilter {

  private final ImageScorer scorer;
  private final Map<String, Integer> indexByClass = new HashMap<>();
  private final Thresholds thresholds;

  private ScoreFilter(ImageScorer scorer, Thresholds thresholds) {
    this.scorer = scorer;
    this.thresholds = thresholds;
    List<String> classNames = scorer.classNames();
    for (int k = 0; k < classNames.size(); k++) {
      indexByClass.putIfAbsent(classNames.get(k), k);
    }
  }

  /**
   * What is asked of an image.
   *
   * @param firstPreview of the labels, at the first preview
   * @param lastPreview of the labels, at the last preview
   * @param accept of the labels, in the finished image
   * @param others at most, of the other classes, in the finished image
   * @param previewAt when to preview, as fractions of the steps
   */
  private record Thresholds(
      double firstPreview,
      double lastPreview,
      double accept,
      double others,
      List<Double> previewAt) {}

  /** Accepts from 0.5, without previews, regardless of other classes in the image. */
  static ScoreFilter of(ImageScorer scorer) {
    return new ScoreFilter(
        Objects.requireNonNull(scorer, "scorer"), new Thresholds(0, 0, 0.5, 1, List.of(0.5)));
  }

  /**
   * Drops an image if the least likely of its labels has a probability below this in a preview. 0
   * turns previews off.
   *
   * @throws ConfigurationException if it is not in [0, 1]
   */
  public ScoreFilter rejectPreviewBelow(double probability) {
    return rejectPreviewBelow(probability, probability);
  }

  /**
   * As {@link #rejectPreviewBelow(double)}, with a probability that rises evenly from the first
   * preview to the last: the further an image has formed, the more it must show. A lone preview is
   * the first. 0 means no preview there.
   *
   * @throws ConfigurationException if one is not in [0, 1], or the first is above the last
   */
  public ScoreFilter rejectPreviewBelow(double first, double last) {
    if (first > last) {
      throw new ConfigurationException(
          "what a preview must show rises, and not from " + first + " to " + last);
    }
    Thresholds old = thresholds;
    return new ScoreFilter(
        scorer,
        new Thresholds(checked(first), checked(last), old.accept, old.others, old.previewAt));
  }

  /**
   * Keeps a finished image in which each of its labels has at least this probability.
   *
   * @throws ConfigurationException if it is not in [0, 1]
   */
  public ScoreFilter acceptFrom(double probability) {
    Thresholds old = thresholds;
    return new ScoreFilter(
        scorer,
        new Thresholds(
            old.firstPreview, old.lastPreview, checked(probability), old.others, old.previewAt));
  }

  /**
   * Rejects a finished image in which a class that is not among its labels has more than this
   * probability. 1, the default, never does.
   *
   * @throws ConfigurationException if it is not in [0, 1]
   */
  public ScoreFilter rejectOthersAbove(double probability) {
    Thresholds old = thresholds;
    return new ScoreFilter(
        scorer,
        new Thresholds(
            old.firstPreview, old.lastPreview, old.accept, checked(probability), old.previewAt));
  }

  /**
   * When to preview, as fractions of the denoising steps. Defaults to once, at 0.5.
   *
   * @param fractions each greater than 0 and less than 1
   * @throws ConfigurationException if one is not
   */
  public ScoreFilter previewAt(double... fractions) {
    for (double fraction : fractions) {
      if (!(fraction > 0 && fraction < 1)) {
        throw new ConfigurationException("a preview is at a fraction in (0, 1), not " + fraction);
      }
    }
    Thresholds old = thresholds;
    return new ScoreFilter(
        scorer,
        new Thresholds(
            old.firstPreview,
            old.lastPreview,
            old.accept,
            old.others,
            Arrays.stream(fractions).boxed().toList()));
  }

  private static double checked(double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new ConfigurationException("a probability is in [0, 1], not " + probability);
    }
    return probability;
  }

  /**
   * The steps nearest to the fractions of {@link #previewAt}, without those at which the threshold
   * is 0: none by default.
   */
  @Override
  public int[] previewSteps(int steps) {
    return previewThresholds(steps).keySet().stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * Rejects where a label's probability is below the threshold of this step. Decodes the preview.
   *
   * @throws ConfigurationException if the scorer does not keep its contract or does not know a
   *     label
   */
  @Override
  public Verdict preview(Slot slot, Preview preview) {
    double threshold = previewThresholds(preview.steps()).getOrDefault(preview.step(), 0.0);
    float[] probabilities = Scores.of(scorer, preview.image());
    Map<String, Double> scores =
        labelScores(slot, probabilities, "preview " + preview.step() + " ");
    return lowest(scores) >= threshold
        ? Verdict.pass(scores)
        : Verdict.reject(scores, missing(slot, probabilities, threshold));
  }

  /** What a preview must show, by step. */
  private SortedMap<Integer, Double> previewThresholds(int steps) {
    int[] previews =
        thresholds.previewAt.stream()
            .mapToInt(share -> (int) Math.round(share * steps))
            .filter(step -> step >= 1 && step < steps)
            .distinct()
            .sorted()
            .toArray();
    SortedMap<Integer, Double> byStep = new TreeMap<>();
    for (int step : previews) {
      double length = previews[previews.length - 1] - previews[0];
      double share = length == 0 ? 0 : (step - previews[0]) / length;
      double risen = share * (thresholds.lastPreview - thresholds.firstPreview);
      double threshold = Math.min(thresholds.firstPreview + risen, thresholds.lastPreview);
      if (threshold > 0) {
        byStep.put(step, threshold);
      }
    }
    return byStep;
  }

  /**
   * Rejects where a label's probability is below {@link #acceptFrom}, with the lowest probability
   * as the quality, or another class's is above {@link #rejectOthersAbove}. Scores are rounded to
   * four decimals.
   *
   * @throws ConfigurationException if the scorer does not keep its contract or does not know a
   *     label
   */
  @Override
  public Verdict judge(Slot slot, RgbImage image) {
    float[] probabilities = Scores.of(scorer, image);
    Map<String, Double> scores = labelScores(slot, probabilities, "");
    if (lowest(scores) < thresholds.accept) {
      return Verdict.rejectWithQuality(
          scores, missing(slot, probabilities, thresholds.accept), lowest(scores));
    }
    for (int k = 0; k < probabilities.length; k++) {
      String name = scorer.classNames().get(k);
      if (probabilities[k] > thresholds.others && !slot.labels().contains(name)) {
        scores.put(name, rounded(probabilities[k]));
        return Verdict.reject(scores, Reason.unwanted(name, rounded(probabilities[k])));
      }
    }
    return Verdict.pass(scores);
  }

  private Map<String, Double> labelScores(Slot slot, float[] probabilities, String prefix) {
    Map<String, Double> scores = new LinkedHashMap<>();
    for (String label : slot.labels()) {
      scores.put(prefix + label, rounded(probability(probabilities, label)));
    }
    return scores;
  }

  private float probability(float[] probabilities, String label) {
    Integer index = indexByClass.get(label);
    if (index == null) {
      throw new ConfigurationException(unknown(label));
    }
    return probabilities[index];
  }

  private Reason missing(Slot slot, float[] probabilities, double threshold) {
    List<String> below =
        slot.labels().stream()
            .filter(label -> probability(probabilities, label) < threshold)
            .toList();
    // A score that is below the threshold only once it is rounded blames all labels.
    return Reason.missing(below.isEmpty() ? slot.labels() : below);
  }

  private static double lowest(Map<String, Double> scores) {
    return scores.values().stream().mapToDouble(Double::doubleValue).min().orElse(0);
  }

  /** Four decimals: enough for people, and what is compared is what is recorded. */
  private static double rounded(float probability) {
    return Math.round(probability * 1e4) / 1e4;
  }

  /** One sentence for each class that the scorer does not know. */
  @Override
  public List<String> faults(List<String> classNames) {
    return classNames.stream()
        .filter(name -> !indexByClass.containsKey(name))
        .map(this::unknown)
        .toList();
  }

  private String unknown(String className) {
    return "the filter's scorer does not know the class "
        + className
        + ", only "
        + scorer.classNames();
  }

  /** The scorer and every threshold. */
  @Override
  public Description describe() {
    return Description.of("scores")
        .with("rejectPreviewBelow", thresholds.firstPreview)
        .with("rejectLastPreviewBelow", thresholds.lastPreview)
        .with("previewAt", thresholds.previewAt)
        .with("acceptFrom", thresholds.accept)
        .with("rejectOthersAbove", thresholds.others)
        .with("scorer", Answers.require(scorer.describe(), scorer, "describe"));
  }
}
