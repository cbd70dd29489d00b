package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.Progress;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.LabeledImage;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.crf.CrfPreset;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

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

  @Option(
      names = "--refinement",
      paramLabel = "R",
      converter = RefinementConverter.class,
      description =
          "How activations are aligned with the image: none, colours:STEPS or pamr:ITERATIONS."
              + " Defaults to what the model was trained with.")
  private @Nullable Refinement refinement;

  @Option(
      names = "--background",
      paramLabel = "B",
      converter = BackgroundConverter.class,
      description =
          "What is background: fixed:T, power:ALPHA or otsu (a threshold for each image). With two"
              + " thresholds, fixed:LOW:HIGH, power:ALPHA:ALPHA or otsu:2, pixels between them are"
              + " void. Defaults to what the model was trained with.")
  private @Nullable BackgroundRule background;

  @Option(
      names = "--crf",
      paramLabel = "PRESET",
      description = "A dense CRF at the end: ${COMPLETION-CANDIDATES}. Defaults to none.")
  private @Nullable CrfPreset crf;

  @Option(names = "--overwrite", description = "Also make masks anew that are there already.")
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
      aligned = refinement == null ? wsss.refinement() : refinement;
      aligned = crf == null ? aligned : aligned.withDenseCrf(crf.crf());
      rule = background == null ? wsss.backgroundRule() : background;
      write(wsss, wanted, aligned, rule);
    }
    long generated = wanted.stream().filter(LabeledImage::generated).count();
    int there = labeled.size() - wanted.size();
    int unlabeled = images.images().size() - labeled.size();
    console.print(
        "Wrote %d masks to %s, %d of them of generated images.", wanted.size(), out, generated);
    if (there > 0) {
      console.print("  %d were there already; --overwrite makes them anew", there);
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

  /** A name and numbers after colons. */
  private record Choice(String name, List<Double> numbers) {

    static Choice parse(String text) {
      String[] parts = text.split(":", -1);
      try {
        return new Choice(
            parts[0],
            List.of(parts).subList(1, parts.length).stream().map(Double::valueOf).toList());
      } catch (NumberFormatException e) {
        throw new TypeConversionException("\"" + text + "\" has something else than a number");
      }
    }

    TypeConversionException unknown(String allowed) {
      return new TypeConversionException(
          "\"" + name + "\" with " + numbers.size() + " numbers is none of " + allowed);
    }
  }

  private static final class RefinementConverter implements ITypeConverter<Refinement> {
    @Override
    public Refinement convert(String text) {
      Choice choice = Choice.parse(text);
      try {
        return switch (choice.name + choice.numbers.size()) {
          case "none0" -> Refinement.none();
          case "colours1" -> Refinement.colourAffinity(choice.numbers.get(0).intValue());
          case "pamr1" -> Refinement.pixelAdaptive(choice.numbers.get(0).intValue());
          default -> throw choice.unknown("none, colours:STEPS and pamr:ITERATIONS");
        };
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  private static final class BackgroundConverter implements ITypeConverter<BackgroundRule> {
    @Override
    public BackgroundRule convert(String text) {
      Choice choice = Choice.parse(text);
      List<Double> numbers = choice.numbers;
      try {
        return switch (choice.name + numbers.size()) {
          case "fixed1" -> BackgroundRule.fixed(numbers.get(0));
          case "fixed2" -> BackgroundRule.fixed(numbers.get(0), numbers.get(1));
          case "power1" -> BackgroundRule.power(numbers.get(0));
          case "power2" -> BackgroundRule.power(numbers.get(0), numbers.get(1));
          case "otsu0" -> BackgroundRule.otsu();
          case "otsu1" -> {
            if (numbers.get(0) == 2) {
              yield BackgroundRule.twoThresholdOtsu();
            }
            throw new TypeConversionException("otsu has one threshold, otsu:2 has two");
          }
          default ->
              throw choice.unknown(
                  "fixed:T, fixed:LOW:HIGH, power:ALPHA, power:ALPHA:ALPHA, otsu and otsu:2");
        };
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }
}
