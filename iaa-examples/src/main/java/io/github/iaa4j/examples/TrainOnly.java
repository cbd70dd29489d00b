package io.github.iaa4j.examples;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import io.github.iaa4j.wsss.SegmentationScores;
import io.github.iaa4j.wsss.WsssTraining;
import java.nio.file.Path;

/** Weakly supervised segmentation by itself: train on a VOC folder, measure mIoU. */
public final class TrainOnly {

  private TrainOnly() {}

  /**
   * @param args the VOC folder and the folder to write the model to
   */
  public static void main(String[] args) {
    System.out.println(train(Path.of(args[0]), Path.of(args[1]), 600));
  }

  static SegmentationScores train(Path voc, Path modelFolder, int steps) {
    LabeledDataset train = VocDataset.open(voc, "train");
    WsssTraining training =
        WsssTraining.builder().classifierSteps(steps).segmenterSteps(steps).seed(1).build();
    try (OnnxWsss model = training.fit(train, modelFolder)) {
      return SegmentationEvaluation.ofSegmenter(model, train);
    }
  }
}
