package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.run.Comparison.Point;
import io.github.iaa4j.core.run.Comparison.Trained;
import io.github.iaa4j.core.wsss.Segmenter;
import io.github.iaa4j.core.wsss.WsssMethod;
import io.github.iaa4j.core.wsss.WsssModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares what a method learns from real images alone with what it learns from real and generated
 * ones. Any {@link WsssMethod} can be compared; its models are measured by {@link
 * SegmentationEvaluation}. {@link io.github.iaa4j.core.run.Run#writeComparison} puts the result
 * into a run, whose report then shows it.
 *
 * <p>Pseudo masks are compared on the real training images, if the method's models make them and
 * any of those images has a true mask.
 */
public final class TrainingComparison {

  private static final int CURVE_POINTS = 60;

  private TrainingComparison() {}

  /**
   * Trains both models and measures them. A model that is {@linkplain WsssMethod#isPresent present}
   * is trained again.
   *
   * @param real what the first model is trained on
   * @param generated what the second one is trained on as well, such as {@code
   *     VocDataset.open(run.dataset(), "train")}; of the same classes
   * @param evaluation images with true masks, on none of which a model was trained
   * @param evaluationName what {@code evaluation} is, for people, such as {@code VOC 2012 val}
   * @param folder where the models are saved, in {@code baseline} and {@code augmented}
   * @throws io.github.iaa4j.core.error.ConfigurationException if the classes differ, no image of
   *     {@code evaluation} has a mask, or the method cannot learn from the images
   * @throws io.github.iaa4j.core.error.CancelledException if the thread is interrupted; its
   *     interrupt flag stays set
   */
  public static Comparison train(
      WsssMethod<?> method,
      LabeledDataset real,
      LabeledDataset generated,
      LabeledDataset evaluation,
      String evaluationName,
      Path folder) {
    if (!evaluation.classNames().equals(real.classNames())) {
      throw new ConfigurationException(
          "the images of "
              + evaluationName
              + " have the classes "
              + evaluation.classNames()
              + ", but must have those of the training images, "
              + real.classNames());
    }
    if (evaluation.images().stream().noneMatch(image -> image.mask().isPresent())) {
      throw new ConfigurationException(
          "none of the "
              + evaluation.images().size()
              + " images of "
              + evaluationName
              + " has a true mask to be measured against");
    }
    LabeledDataset all = LabeledDataset.concat(real, generated);
    try (Segmenter baseline = method.fit(real, folder.resolve("baseline"));
        Segmenter augmented = method.fit(all, folder.resolve("augmented"))) {
      return of(method, baseline, augmented, real, generated, evaluation, evaluationName);
    }
  }

  /**
   * Measures two models that were trained before, such as one that served as the scorer of the
   * filter.
   *
   * @param method what trained both
   * @param baseline trained on {@code real}
   * @param augmented trained on {@code real} and {@code generated}
   * @see #train
   */
  public static Comparison of(
      WsssMethod<?> method,
      Segmenter baseline,
      Segmenter augmented,
      LabeledDataset real,
      LabeledDataset generated,
      LabeledDataset evaluation,
      String evaluationName) {
    SegmentationScores before = SegmentationEvaluation.ofSegmenter(baseline, evaluation);
    SegmentationScores after = SegmentationEvaluation.ofSegmenter(augmented, evaluation);
    boolean hasPseudoMasks =
        baseline instanceof WsssModel
            && augmented instanceof WsssModel
            && real.images().stream().anyMatch(image -> image.mask().isPresent());
    SegmentationScores masksBefore = hasPseudoMasks ? pseudoMasks(baseline, real) : null;
    SegmentationScores masksAfter = hasPseudoMasks ? pseudoMasks(augmented, real) : null;
    int images = real.images().size();
    return new Comparison(
        evaluation.images().size() + " images of " + evaluationName,
        before.classNames(),
        trained("baseline", images, baseline, before, masksBefore),
        trained("augmented", images + generated.images().size(), augmented, after, masksAfter),
        before.images(),
        masksBefore == null ? null : masksBefore.images(),
        method.describe());
  }

  private static SegmentationScores pseudoMasks(Segmenter model, LabeledDataset real) {
    return SegmentationEvaluation.ofPseudoMasks((WsssModel) model, real);
  }

  private static Trained trained(
      String name,
      int images,
      Segmenter model,
      SegmentationScores scores,
      @Nullable SegmentationScores pseudoMasks) {
    Optional<WsssModel> wsss =
        model instanceof WsssModel found ? Optional.of(found) : Optional.empty();
    return new Trained(
        name,
        images,
        scores.meanIou(),
        scores.iou(),
        pseudoMasks == null ? null : pseudoMasks.meanIou(),
        wsss.map(WsssModel::classifierLosses).map(TrainingComparison::curve).orElse(List.of()),
        wsss.map(WsssModel::segmenterLosses).map(TrainingComparison::curve).orElse(List.of()));
  }

  /** Means over equal stretches of steps: single batches say little. */
  private static List<Point> curve(List<Float> losses) {
    List<Point> points = new ArrayList<>();
    int stretch = Math.max(1, losses.size() / CURVE_POINTS);
    for (int from = 0; from + stretch <= losses.size(); from += stretch) {
      double mean =
          losses.subList(from, from + stretch).stream()
              .mapToDouble(Float::doubleValue)
              .average()
              .orElseThrow();
      points.add(new Point(from + stretch, mean));
    }
    return points;
  }
}
