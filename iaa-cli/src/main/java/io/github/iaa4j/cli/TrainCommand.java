package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.TrainingProgress;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.wsss.Backbone;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "train",
    description = {
      "Trains weakly supervised segmentation on one or more data sets, from labels alone: a"
          + " classifier, pseudo masks from its class activation maps, and a segmenter on those.",
      "",
      "The number of steps does not grow with the number of images, so a model trained with"
          + " generated images can be compared with one trained without. Masks are never read.",
      "",
      "A training that was stopped or killed is resumed by the same command and ends with the same"
          + " files."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa train --data voc:VOC2012:train --out models/baseline",
      "  iaa train --data voc:VOC2012:train --data voc:runs/voc/dataset \\",
      "      --out models/augmented",
      "  iaa evaluate --model models/augmented --data voc:VOC2012:val"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class TrainCommand implements Runnable {

  @Option(
      names = "--data",
      paramLabel = "DATA",
      required = true,
      converter = DatasetSource.Converter.class,
      description =
          "voc:DIR:SPLIT, coco:IMAGES:JSON or folder:DIR; may be given several times. A run's"
              + " images are voc:RUN/dataset.")
  private List<DatasetSource> data;

  @Option(
      names = "--out",
      paramLabel = "MODEL",
      required = true,
      description = "The model's folder, created if it does not exist.")
  private Path out;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "0",
      description = "The seed of all random numbers in training. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--classifier-steps",
      paramLabel = "N",
      defaultValue = "600",
      description = "Optimiser steps of the classifier. Default: ${DEFAULT-VALUE}.")
  private int classifierSteps;

  @Option(
      names = "--segmenter-steps",
      paramLabel = "N",
      defaultValue = "400",
      description = "Optimiser steps of the segmenter. Default: ${DEFAULT-VALUE}.")
  private int segmenterSteps;

  @Option(
      names = "--backbone",
      paramLabel = "FILE",
      description =
          "Fine-tune this ONNX backbone, for photographs. tools/backbones/README.md describes how to"
              + " export one. Default: a small network from random weights, for drawings.")
  private @Nullable Path backbone;

  @Option(
      names = "--output-stride",
      paramLabel = "N",
      description =
          "8, 16 or 32: pixels between two elements of the backbone's feature map. Default: the"
              + " file's.")
  private @Nullable Integer outputStride;

  @Option(
      names = "--freeze-first",
      paramLabel = "N",
      description = "Leaves the backbone's first N parameters as they are. Default: 0.")
  private @Nullable Integer freezeFirst;

  @Option(
      names = "--image-size",
      paramLabel = "N",
      description =
          "The long side in pixels that images are resized to, the aspect ratio kept. Default: 64,"
              + " with a backbone 512.")
  private @Nullable Integer imageSize;

  @Option(
      names = "--crop-size",
      paramLabel = "N",
      description =
          "The side in pixels of the crops of training, a multiple of 8. Default: the image size,"
              + " with a backbone 256.")
  private @Nullable Integer cropSize;

  @Option(
      names = "--batch-size",
      paramLabel = "N",
      description = "Images per step. Default: 32, with a backbone 16.")
  private @Nullable Integer batchSize;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      description = "The peak learning rate. Default: 0.012, with a backbone 0.01.")
  private @Nullable Double learningRate;

  @Option(
      names = "--generated-weight",
      paramLabel = "W",
      defaultValue = "1",
      description =
          "The weight of a generated image in the losses, in (0, 1]; a real one has 1. Default:"
              + " ${DEFAULT-VALUE}.")
  private double generatedWeight;

  @Option(
      names = "--validation",
      paramLabel = "DATA",
      converter = DatasetSource.Converter.class,
      description =
          "Images that are not trained on, named as with --data. The classifier with the best mean"
              + " average precision on their labels is kept. Default: none; the last is kept.")
  private @Nullable DatasetSource validation;

  @Option(
      names = "--validation-every",
      paramLabel = "N",
      description = "Steps between two measurements on the validation images. Default: 50.")
  private @Nullable Integer validationEvery;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description =
          "Measurements without improvement that end the classifier's training; 0 never ends it"
              + " early. Default: 5.")
  private @Nullable Integer patience;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "N",
      defaultValue = "100",
      description =
          "Steps between two checkpoints, from which a training is resumed; 0 for none. Default:"
              + " ${DEFAULT-VALUE}.")
  private int checkpointEvery;

  @Option(
      names = "--cam-scales",
      paramLabel = "X",
      split = ",",
      description =
          "Multiples of the image size at which class maps are read. Default: 0.75,1, with a"
              + " backbone 0.5,1,1.5,2.")
  private double @Nullable [] camScales;

  @Option(
      names = "--segment-scales",
      paramLabel = "X",
      split = ",",
      description =
          "Multiples of the image size at which the trained model segments, such as 0.75,1,1.25."
              + " Default: 1.")
  private double @Nullable [] segmentScales;

  @Mixin private PseudoMaskOptions masks;

  @Mixin private DeviceOption device;

  @Mixin private Console console;

  @Override
  public void run() {
    LabeledDataset all =
        data.stream().map(DatasetSource::open).reduce(LabeledDataset::concat).orElseThrow();
    List<Map<String, Object>> notices = console.datasetNotices(all);
    long generated = all.images().stream().filter(LabeledImage::generated).count();
    long begun = System.nanoTime();
    try (TrainingProgress progress = new TrainingProgress(console);
        OnnxWsss model = training(progress).fit(all, out)) {
      double seconds = (System.nanoTime() - begun) / 1e9;
      console.print(
          "Trained on %d images, %d of them generated, in %.0f seconds. The model is in %s.",
          all.images().size(), generated, seconds, out);
      console.print("Next: iaa evaluate --model %s --data voc:DIR:SPLIT", out);
      Map<String, Object> result = new LinkedHashMap<>();
      result.put("command", "train");
      result.put("model", out.toString());
      result.put("classNames", model.classNames());
      result.put("images", all.images().size());
      result.put("generated", generated);
      result.put("seconds", seconds);
      result.put("notices", notices);
      console.result(result);
    }
  }

  private WsssTraining training(TrainingProgress progress) {
    WsssTraining.Builder builder =
        WsssTraining.builder()
            .classifierSteps(classifierSteps)
            .segmenterSteps(segmenterSteps)
            .seed(seed)
            .refinement(
                masks.refinement(
                    backbone == null ? Refinement.forDrawings() : Refinement.forPhotographs()))
            .backgroundRule(masks.background(BackgroundRule.standard()))
            .generatedWeight(generatedWeight)
            .checkpointEvery(checkpointEvery)
            .device(device.get())
            .listener(progress);
    backbone().ifPresent(builder::backbone);
    Optional.ofNullable(imageSize).ifPresent(builder::imageSize);
    Optional.ofNullable(cropSize).ifPresent(builder::cropSize);
    Optional.ofNullable(batchSize).ifPresent(builder::batchSize);
    Optional.ofNullable(learningRate).ifPresent(builder::learningRate);
    addValidation(builder);
    Optional.ofNullable(camScales).ifPresent(builder::camScales);
    Optional.ofNullable(segmentScales).ifPresent(builder::segmentScales);
    return builder.build();
  }

  private void addValidation(WsssTraining.Builder builder) {
    if (validation != null) {
      builder.validation(validation.open());
    } else if (validationEvery != null || patience != null) {
      throw new ConfigurationException(
          "--validation-every and --patience are about validation images; name them with"
              + " --validation");
    }
    Optional.ofNullable(validationEvery).ifPresent(builder::validationEvery);
    Optional.ofNullable(patience).ifPresent(builder::patience);
  }

  private Optional<Backbone> backbone() {
    if (backbone == null) {
      if (outputStride != null || freezeFirst != null) {
        throw new ConfigurationException(
            "--output-stride and --freeze-first are about a backbone; name it with --backbone");
      }
      return Optional.empty();
    }
    Backbone file = Backbone.onnx(backbone);
    file = set("--output-stride", outputStride, file, Backbone::outputStride);
    return Optional.of(set("--freeze-first", freezeFirst, file, Backbone::freezeFirst));
  }

  private static Backbone set(
      String option,
      @Nullable Integer value,
      Backbone backbone,
      BiFunction<Backbone, Integer, Backbone> setter) {
    if (value == null) {
      return backbone;
    }
    try {
      return setter.apply(backbone, value);
    } catch (IllegalArgumentException e) {
      throw new ConfigurationException(option + ": " + e.getMessage());
    }
  }
}
