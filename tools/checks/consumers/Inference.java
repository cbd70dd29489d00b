package consumer;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import java.nio.file.Path;

/** Measures the model that the consumer before it trained. */
public class Inference {

  public static void main(String[] args) {
    Path work = Path.of(args[0]);
    LabeledDataset real = VocDataset.open(work.resolve("real"), "train");
    try (OnnxWsss model = OnnxWsss.load(work.resolve("model"))) {
      System.out.println("mIoU: " + SegmentationEvaluation.ofSegmenter(model, real).meanIou());
    }
  }
}
