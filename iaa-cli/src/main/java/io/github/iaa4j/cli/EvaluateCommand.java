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
      "Counts all images in one confusion matrix and ignores void pixels. A class that is not in"
          + " any mask has no IoU and is left out of the mean."
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
          "Also measure the pseudo masks that the classifier makes from the images' labels.")
  private boolean pseudoMasks;

  @Mixin private DeviceOption device;

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
    try (OnnxWsss wsss = OnnxWsss.load(model, device.get())) {
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
    Map<String, Object> measured = new LinkedHashMap<>();
    measured.put("mIoU", scores.meanIou());
    measured.put("iou", iou);
    measured.put("measured", scores.measured());
    measured.put("skippedGenerated", scores.skippedGenerated());
    measured.put("skippedWithoutMask", scores.skippedWithoutMask());
    result.put(what, measured);
  }

  /** How many images a figure is based on. */
  private static String measured(SegmentationScores scores) {
    int images = scores.measured() + scores.skippedGenerated() + scores.skippedWithoutMask();
    return "measured on "
        + scores.measured()
        + " of "
        + images
        + " images"
        + (scores.skippedGenerated() == 0
            ? ""
            : "; " + scores.skippedGenerated() + " are generated")
        + (scores.skippedWithoutMask() == 0
            ? ""
            : "; " + scores.skippedWithoutMask() + " have no true mask");
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%5.1f", 100 * fraction);
  }
}
