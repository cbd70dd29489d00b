package io.github.iaa4j.wsss;

import io.github.iaa4j.core.wsss.MeasuredImages;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * The scores of CAM seeds by a background rule and at many background thresholds. The seed of a
 * pixel is the class with the greatest activation among the image's labels, and background where
 * that does not exceed the threshold. Classes that the image is not labelled with never appear, and
 * nothing is refined.
 *
 * <p>Papers quote the best threshold (SEAM and MCTformer from 0.00 to 0.59 in steps of 0.01). That
 * figure is chosen with ground truth: whoever has only image-level labels cannot know it. {@link
 * #byRule()} needs no true masks.
 *
 * @param rule what was background, chosen without true masks
 * @param byRule the scores of that rule, without boundary F
 * @param sweep the scores at each of {@link #THRESHOLDS}, in that order
 */
public record CamSeedScores(
    BackgroundRule rule, SegmentationScores byRule, List<AtThreshold> sweep) {

  /** The thresholds that are tried: 0.00 to 0.59 by 0.01. */
  public static final List<Double> THRESHOLDS =
      IntStream.range(0, 60).mapToObj(hundredths -> hundredths / 100.0).toList();

  /**
   * The scores at one threshold.
   *
   * @param threshold the activation that a pixel must exceed to be foreground
   * @param scores without boundary F, which counts of pixels do not have
   */
  public record AtThreshold(double threshold, SegmentationScores scores) {}

  /**
   * Copies its list.
   *
   * @throws IllegalArgumentException if the list is empty
   */
  public CamSeedScores {
    sweep = List.copyOf(sweep);
    if (sweep.isEmpty()) {
      throw new IllegalArgumentException("a sweep needs at least one threshold");
    }
  }

  /**
   * The scores at the threshold with the greatest mIoU, the lowest such if there are several:
   * <b>chosen with ground truth</b>, so for comparison with papers only.
   */
  public AtThreshold bestChosenWithGroundTruth() {
    AtThreshold best = sweep.get(0);
    for (AtThreshold candidate : sweep) {
      if (candidate.scores().meanIou() > best.scores().meanIou()) {
        best = candidate;
      }
    }
    return best;
  }

  /** How many images were measured and skipped. */
  public MeasuredImages images() {
    return byRule.images();
  }

  /** The table of the rule, and the mIoU at the best threshold, which says how it was chosen. */
  @Override
  public String toString() {
    AtThreshold best = bestChosenWithGroundTruth();
    return String.format(
        Locale.ROOT,
        "background by the rule %s%n%s%nat the best threshold %.2f, chosen with ground"
            + " truth: mIoU %.1f",
        rule,
        byRule,
        best.threshold(),
        100 * best.scores().meanIou());
  }
}
