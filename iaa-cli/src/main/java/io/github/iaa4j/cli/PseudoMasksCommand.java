package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.Progress;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "pseudo-masks",
    description = {
      "Writes the pseudo mask of every image that has labels, real or generated, as DIR/ID.png: a"
          + " PNG with a palette in the VOC colours, 0 for background, 255 for void. Other code can"
          + " train a segmenter on them.",
      "",
      "True masks are never read. Masks that are there already are kept, so a command that was"
          + " stopped resumes."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa pseudo-masks --model models/augmented --data voc:runs/voc/dataset \\",
      "      --out masks",
      "  iaa pseudo-masks --model models/photos --data voc:VOC2012:train --out masks \\",
      "      --refinement pamr:10 --background fixed:0.25:0.7 --crf psa"
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PseudoMasksCommand implements Runnable {

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
      description = "Images with labels: voc:DIR:SPLIT, coco:IMAGES:JSON or folder:DIR.")
  private DatasetSource data;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      required = true,
      description = "The folder of the masks, created if it does not exist.")
  private Path out;

  @Mixin private PseudoMaskOptions masks;

  @Option(names = "--overwrite", description = "Regenerate masks that already exist.")
  private boolean overwrite;

  @Mixin private DeviceOption device;

  @Mixin private Console console;

  @Override
  public void run() {
    LabeledDataset images = data.open();
    List<Map<String, Object>> notices = console.datasetNotices(images);
    List<LabeledImage> labeled =
        images.images().stream().filter(image -> !image.labels().isEmpty()).toList();
    List<LabeledImage> wanted =
        labeled.stream().filter(image -> overwrite || !Files.exists(file(image))).toList();
    Refinement aligned;
    BackgroundRule rule;
    try (OnnxWsss wsss = OnnxWsss.load(model, device.get())) {
      requireClasses(labeled, wsss.classNames());
      aligned = masks.refinement(wsss.refinement());
      rule = masks.background(wsss.backgroundRule());
      write(wsss, wanted, aligned, rule);
    }
    long generated = wanted.stream().filter(LabeledImage::generated).count();
    int there = labeled.size() - wanted.size();
    int unlabeled = images.images().size() - labeled.size();
    console.print(
        "Wrote %d masks to %s, %d of them of generated images.", wanted.size(), out, generated);
    if (there > 0) {
      console.print("  %d already existed; --overwrite regenerates them", there);
    }
    if (unlabeled > 0) {
      console.print("  %d images have no label and no mask", unlabeled);
    }
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "pseudo-masks");
    result.put("model", model.toString());
    result.put("data", data.toString());
    result.put("out", out.toString());
    result.put("images", images.images().size());
    result.put("written", wanted.size());
    result.put("generated", generated);
    result.put("skippedExisting", there);
    result.put("skippedWithoutLabels", unlabeled);
    result.put("refinement", aligned.toString());
    result.put("background", rule.toString());
    result.put("notices", notices);
    console.result(result);
  }

  /** An id may lead to a folder below, as those of folder data sets do, but nowhere else. */
  private Path file(LabeledImage image) {
    Path folder = out.toAbsolutePath().normalize();
    Path file = folder.resolve(image.id() + ".png").normalize();
    if (!file.startsWith(folder)) {
      throw new ConfigurationException(
          "the mask of image " + image.id() + " would be outside " + out + "; rename the image");
    }
    return file;
  }

  private static void requireClasses(List<LabeledImage> images, List<String> classNames) {
    Set<String> unknown = new TreeSet<>();
    images.forEach(image -> unknown.addAll(image.labels()));
    classNames.forEach(unknown::remove);
    if (!unknown.isEmpty()) {
      throw new ConfigurationException(
          "the data set has the labels "
              + unknown
              + ", which the model does not know; its classes are "
              + classNames
              + ". Train a model on these classes, or give the data set that it was trained on.");
    }
  }

  private void write(
      OnnxWsss wsss, List<LabeledImage> images, Refinement refinement, BackgroundRule rule) {
    try (Progress progress = console.progress("pseudo masks", images.size())) {
      Slices.forEach(
          images.size(),
          done -> {
            if (Thread.currentThread().isInterrupted()) {
              throw new CancelledException(
                  "cancelled after " + done + " of " + images.size() + " masks, which are kept",
                  null);
            }
          },
          (from, to) ->
              images.subList(from, to).parallelStream()
                  .forEach(
                      image -> {
                        wsss.pseudoMask(image.image(), image.labels(), refinement, rule)
                            .write(file(image), wsss.classNames());
                        progress.step();
                      }));
    }
  }
}
