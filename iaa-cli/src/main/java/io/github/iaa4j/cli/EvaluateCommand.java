package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import io.github.iaa4j.wsss.SegmentationScores;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description = {
      "Measures a trained model against true masks: intersection over union (IoU) of each class and"
          + " their mean (mIoU), as PASCAL VOC counts them.",
      "",
      "One confusion matrix over all images; void pixels do not count; a class that no mask shows"
          + " has no IoU and is left out of the mean."
    },
    footerHeading = "%nExample:%n",
    footer = "  iaa evaluate --model models/augmented --data voc:VOC2012:val")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class EvaluateCommand implements Runnable {

  @Option(
      names = "--model",
      paramLabel = "MODEL",
      required = true,
      description = "A folder that iaa train wrote.")
  private Path model;

  @Option(
      names = "--data",
      paramLabel = "DATA",
      required = true,
      converter = DatasetSource.Converter.class,
      description = "Images with masks: voc:DIR:SPLIT or coco:IMAGES:JSON.")
  private DatasetSource data;

  @Option(
      names = "--pseudo-masks",
      description =
          "Measure the pseudo masks too, which the classifier makes of the images' labels.")
  private boolean pseudoMasks;

  @Mixin private Console console;

  @Override
  public void run() {
    LabeledDataset truth = data.open();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "evaluate");
    result.put("model", model.toString());
    result.put("data", data.toString());
    result.put("images", truth.images().size());
    result.put("notices", console.datasetNotices(truth));
    try (OnnxWsss wsss = OnnxWsss.load(model)) {
      if (pseudoMasks) {
        report("pseudoMasks", SegmentationEvaluation.ofPseudoMasks(wsss, truth), result);
        console.print("");
      }
      report("segmenter", SegmentationEvaluation.ofSegmenter(wsss, truth), result);
    }
    console.result(result);
  }

  private void report(String what, SegmentationScores scores, Map<String, Object> result) {
    console.print(
        what.equals("segmenter")
            ? "IoU of the segmenter, in per cent"
            : "IoU of the pseudo masks, in per cent");
    for (int k = 0; k < scores.classNames().size(); k++) {
      double iou = scores.iou().get(k);
      console.print(
          "  %-14s %s", scores.classNames().get(k), Double.isNaN(iou) ? "    -" : percent(iou));
    }
    console.print("  %-14s %s", "mIoU", percent(scores.meanIou()));
    console.print("  %s", measured(scores));
    Map<String, Double> iou = new LinkedHashMap<>();
    for (int k = 0; k < scores.classNames().size(); k++) {
      iou.put(scores.classNames().get(k), scores.iou().get(k));
    }
    Map<String, Object> both = new LinkedHashMap<>();
    both.put("mIoU", scores.meanIou());
    both.put("iou", iou);
    both.put("measured", scores.measured());
    both.put("passedOverGenerated", scores.generated());
    both.put("passedOverWithoutMask", scores.withoutMask());
    result.put(what, both);
  }

  /** How much a figure stands on. */
  private static String measured(SegmentationScores scores) {
    int images = scores.measured() + scores.generated() + scores.withoutMask();
    return "measured on "
        + scores.measured()
        + " of "
        + images
        + " images"
        + (scores.generated() == 0 ? "" : "; " + scores.generated() + " are generated")
        + (scores.withoutMask() == 0 ? "" : "; " + scores.withoutMask() + " have no true mask");
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%5.1f", 100 * share);
  }
}
