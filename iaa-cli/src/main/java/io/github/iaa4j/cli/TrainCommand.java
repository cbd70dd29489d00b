package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.TrainingProgress;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.wsss.Backbone;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
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
          + " generated images can be compared with one trained without. Masks are never read."
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
            .device(device.get())
            .listener(progress);
    backbone().ifPresent(builder::backbone);
    Optional.ofNullable(imageSize).ifPresent(builder::imageSize);
    Optional.ofNullable(cropSize).ifPresent(builder::cropSize);
    Optional.ofNullable(batchSize).ifPresent(builder::batchSize);
    Optional.ofNullable(learningRate).ifPresent(builder::learningRate);
    return builder.build();
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
