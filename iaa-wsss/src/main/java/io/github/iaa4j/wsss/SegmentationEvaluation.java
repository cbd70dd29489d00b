package io.github.iaa4j.wsss;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.wsss.WsssModel;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Measures a model against true masks, at the images' own sizes. Images without a mask, such as
 * generated ones, are passed over.
 */
public final class SegmentationEvaluation {

  private SegmentationEvaluation() {}

  /**
   * The quality of the pseudo masks ("seeds") of training images, which know their labels.
   *
   * @throws ConfigurationException if no image has a mask, or the classes differ from the model's
   */
  public static SegmentationScores ofPseudoMasks(WsssModel model, LabeledDataset data) {
    return measure(model, data, image -> model.pseudoMask(image.image(), image.labels()));
  }

  /**
   * The quality of the segmenter on images whose labels it is not told.
   *
   * @throws ConfigurationException if no image has a mask, or the classes differ from the model's
   */
  public static SegmentationScores ofSegmenter(WsssModel model, LabeledDataset data) {
    return measure(model, data, image -> model.segment(image.image()));
  }

  private static SegmentationScores measure(
      WsssModel model, LabeledDataset data, Function<LabeledImage, LabelMask> prediction) {
    if (!model.classNames().equals(data.classNames())) {
      throw new ConfigurationException(
          "the model knows the classes "
              + model.classNames()
              + ", but the data set has "
              + data.classNames()
              + "; both need the same in the same order");
    }
    record Pair(LabelMask truth, LabelMask predicted) {}
    ConfusionMatrix matrix = new ConfusionMatrix(data.classNames());
    List<Optional<Pair>> pairs =
        data.images().parallelStream()
            .map(image -> image.mask().map(mask -> new Pair(mask, prediction.apply(image))))
            .collect(Collectors.toList());
    if (pairs.stream().allMatch(Optional::isEmpty)) {
      throw new ConfigurationException(
          "none of the " + data.images().size() + " images has a true mask to be measured against");
    }
    for (Optional<Pair> pair : pairs) {
      pair.ifPresent(p -> matrix.add(p.truth(), p.predicted()));
    }
    return matrix.scores();
  }
}
