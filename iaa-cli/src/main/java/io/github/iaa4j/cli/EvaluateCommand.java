package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.wsss.CamSeedScores;
import io.github.iaa4j.wsss.ClassScores;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import io.github.iaa4j.wsss.SegmentationScores;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "evaluate",
    description = {
      "Measures a trained model against true masks: intersection over union (IoU), precision and"
          + " recall of each class and their means, as PASCAL VOC counts them, and boundary F.",
      "",
      "Counts all images in one confusion matrix and ignores void pixels. A class that is not in"
          + " any mask has no IoU and is left out of the mean. Boundary F is computed for each"
          + " image, with a tolerance of 0.75 %% of its diagonal. Images without a true mask are"
          + " skipped and counted."
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

  @Option(
      names = "--cam-seeds",
      description =
          "Also measure the class activation maps as seeds, from the images' labels: with the"
              + " model's own background rule, and at the best threshold from 0.00 to 0.59, which"
              + " is chosen with ground truth.")
  private boolean camSeeds;

  @Option(
      names = "--segmenter-crf",
      paramLabel = "PRESET",
      description =
          "A dense CRF at the end of the segmenter: ${COMPLETION-CANDIDATES}. Defaults to none.")
  private @Nullable CrfPreset segmenterCrf;

  @Mixin private PseudoMaskOptions masks;

  @Mixin private DeviceOption device;

  @Mixin private Console console;

  @Override
  public void run() {
    if (masks.isGiven() && !pseudoMasks) {
      throw new ConfigurationException(
          "--refinement, --background and --crf are about pseudo masks; add --pseudo-masks. A CRF"
              + " at the end of the segmenter is --segmenter-crf.");
    }
    LabeledDataset truth = data.open();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "evaluate");
    result.put("model", model.toString());
    result.put("data", data.toString());
    result.put("images", truth.images().size());
    result.put("notices", console.datasetNotices(truth));
    try (OnnxWsss wsss = OnnxWsss.load(model, device.get())) {
      if (camSeeds) {
        result.put("camSeeds", camSeeds(wsss, truth));
      }
      if (pseudoMasks) {
        result.put("pseudoMasks", pseudoMasks(wsss, truth));
      }
      result.put("segmenter", segmenter(wsss, truth));
    }
    console.result(result);
  }

  private Map<String, Object> pseudoMasks(OnnxWsss wsss, LabeledDataset truth) {
    Refinement refinement = masks.refinement(wsss.refinement());
    BackgroundRule background = masks.background(wsss.backgroundRule());
    Map<String, Object> fields =
        report(
            "pseudo masks",
            SegmentationEvaluation.ofPseudoMasks(wsss, truth, refinement, background));
    fields.put("refinement", refinement.toString());
    fields.put("background", background.toString());
    return fields;
  }

  private Map<String, Object> segmenter(OnnxWsss wsss, LabeledDataset truth) {
    if (segmenterCrf == null) {
      return report("segmenter", SegmentationEvaluation.ofSegmenter(wsss, truth));
    }
    Map<String, Object> fields =
        report("segmenter", SegmentationEvaluation.ofSegmenter(wsss, truth, segmenterCrf.crf()));
    fields.put("crf", segmenterCrf.name());
    return fields;
  }

  private Map<String, Object> camSeeds(OnnxWsss wsss, LabeledDataset truth) {
    CamSeedScores scores = SegmentationEvaluation.ofCamSeeds(wsss, truth, wsss.backgroundRule());
    print("CAM seeds", scores);
    Map<String, Object> result = new LinkedHashMap<>();
    Map<String, Object> byRule = new LinkedHashMap<>();
    byRule.put("rule", scores.rule().toString());
    byRule.putAll(fields(scores.byRule()));
    result.put("byRule", byRule);
    result.put("bestChosenWithGroundTruth", fields(scores.bestChosenWithGroundTruth()));
    result.put("mIoUByThreshold", scores.sweep().stream().map(EvaluateCommand::point).toList());
    return result;
  }

  private static Map<String, Object> point(CamSeedScores.AtThreshold at) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("threshold", at.threshold());
    fields.put("mIoU", at.scores().meanIou());
    return fields;
  }

  private Map<String, Object> report(String what, SegmentationScores scores) {
    print(what, scores);
    Map<String, Object> fields = fields(scores);
    fields.put("boundaryF", scores.boundaryF());
    fields.put("boundaryFOfClasses", ofClasses(scores, ClassScores::boundaryF));
    return fields;
  }

  private void print(String what, Object scores) {
    console.print("Scores of the %s, in per cent", what);
    scores.toString().lines().forEach(line -> console.print("  %s", line));
    console.print("");
  }

  private static Map<String, Object> fields(CamSeedScores.AtThreshold at) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("threshold", at.threshold());
    fields.putAll(fields(at.scores()));
    return fields;
  }

  /** What counts of pixels give. */
  private static Map<String, Object> fields(SegmentationScores scores) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("mIoU", scores.meanIou());
    fields.put("iou", ofClasses(scores, ClassScores::iou));
    fields.put("meanPrecision", scores.meanPrecision());
    fields.put("precision", ofClasses(scores, ClassScores::precision));
    fields.put("meanRecall", scores.meanRecall());
    fields.put("recall", ofClasses(scores, ClassScores::recall));
    fields.put("pixelAccuracy", scores.pixelAccuracy());
    fields.put("measured", scores.images().measured());
    fields.put("skippedGenerated", scores.images().skippedGenerated());
    fields.put("skippedWithoutMask", scores.images().skippedWithoutMask());
    return fields;
  }

  private static Map<String, Double> ofClasses(
      SegmentationScores scores, Function<ClassScores, Double> figure) {
    Map<String, Double> figures = new LinkedHashMap<>();
    scores.classes().forEach(c -> figures.put(c.name(), figure.apply(c)));
    return figures;
  }
}
