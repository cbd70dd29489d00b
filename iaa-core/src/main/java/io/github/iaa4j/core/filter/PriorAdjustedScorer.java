package io.github.iaa4j.core.filter;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Answers;
import io.github.iaa4j.core.settings.Description;
import java.util.Arrays;
import java.util.List;

/**
 * Removes from a classifier's probabilities the effect of how frequent each class is in its
 * training images, so that one threshold is fair to rare and common classes alike.
 *
 * <p>A classifier trained on a long-tailed data set is timid about rare classes: it has hardly seen
 * a sheep, and gives one 0.1 where it gives a person 0.8. An online filter that asks it would keep
 * the common classes and reject the rare ones, which are the reason for generating images. The odds
 * of each class are therefore divided by the odds that an image of the data set shows it, which is
 * what the probability would be if each class were in half of the images (Menon et al., <em>Long-
 * tail learning via logit adjustment</em>, ICLR 2021). 0.5 then means that the image is no evidence
 * either way.
 */
public final class PriorAdjustedScorer implements ImageScorer {

  /**
   * The adjusted probability of a label below which {@link ScoreFilter#rejectPreviewBelow(double)}
   * loses few images that would have been accepted.
   */
  public static final double PREVIEW_THRESHOLD = 0.05;

  /**
   * A usual value for {@link ScoreFilter#acceptFrom}, as the adjusted probability of each label.
   */
  public static final double ACCEPT_THRESHOLD = 0.3;

  private final ImageScorer scorer;
  private final double[] priorOdds;

  private PriorAdjustedScorer(ImageScorer scorer, double[] priorOdds) {
    this.scorer = scorer;
    this.priorOdds = priorOdds;
  }

  /**
   * Adjusts a scorer.
   *
   * @param scorer trained on the data set; closed by the caller
   * @param trainedOn the data set, whose label counts are taken
   * @throws ConfigurationException if the scorer's classes are not those of the data set, in order
   */
  public static PriorAdjustedScorer of(ImageScorer scorer, LabeledDataset trainedOn) {
    if (!scorer.classNames().equals(trainedOn.classNames())) {
      throw new ConfigurationException(
          "the scorer knows the classes "
              + scorer.classNames()
              + ", but the data set that it was trained on has "
              + trainedOn.classNames());
    }
    int images = trainedOn.images().size();
    int[] counts = trainedOn.classCounts();
    double[] odds = new double[counts.length];
    for (int k = 0; k < odds.length; k++) {
      // One image with and one without the class more, so that no odds are 0 or infinite.
      odds[k] = (counts[k] + 1.0) / (images - counts[k] + 1.0);
    }
    return new PriorAdjustedScorer(scorer, odds);
  }

  /** The other scorer's classes. */
  @Override
  public List<String> classNames() {
    return scorer.classNames();
  }

  /** The scorer and the odds of each class. */
  @Override
  public Description describe() {
    return Description.of("prior-adjusted")
        .with("priorOdds", Arrays.toString(priorOdds))
        .with("scorer", Answers.require(scorer.describe(), scorer, "describe"));
  }

  /**
   * {@inheritDoc}
   *
   * <p>A probability of 0 or 1 stays what it is.
   *
   * @throws ConfigurationException if the other scorer does not keep its contract
   */
  @Override
  public float[] score(RgbImage image) {
    float[] probabilities = Scores.of(scorer, image);
    for (int k = 0; k < probabilities.length; k++) {
      double p = probabilities[k];
      probabilities[k] = (float) (p / (p + (1 - p) * priorOdds[k]));
    }
    return probabilities;
  }
}
