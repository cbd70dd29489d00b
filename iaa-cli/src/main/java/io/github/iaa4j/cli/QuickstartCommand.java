package io.github.iaa4j.cli;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.quickstart.Ablation;
import io.github.iaa4j.cli.quickstart.Quickstart;
import io.github.iaa4j.cli.quickstart.Row;
import io.github.iaa4j.cli.quickstart.Study;
import io.github.iaa4j.cli.quickstart.StudySettings;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.settings.Description;
import io.github.iaa4j.diffusion.StableDiffusion;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "quickstart",
    description = {
      "Runs the whole method on Toy World, a small drawn data set, without data, network or GPU.",
      "",
      "Draws the data, trains segmentation on the real images, has an agent write prompts,"
          + " generates images from them with a small Stable Diffusion while a filter judges previews,"
          + " trains again on real and generated images with the same number of steps, and"
          + " compares. Takes a few minutes on two cores. A second call resumes where the first"
          + " stopped.",
      "",
      "With --ablation, each part of the method is measured separately, with several seeds."
    },
    footerHeading = "%nExamples:%n",
    footer = {
      "  iaa quickstart",
      "  iaa quickstart --ablation --seeds 3 --out ablation",
    })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class QuickstartCommand implements Runnable {

  @Option(
      names = "--out",
      paramLabel = "DIR",
      defaultValue = "iaa-quickstart",
      description = "The folder for all results. Default: ${DEFAULT-VALUE}.")
  private Path out;

  @Option(
      names = "--ablation",
      description =
          "Compare the rows baseline, diffusion, balance, agent, refinement, full and oracle; the"
              + " figures go to DIR/summary.json.")
  private boolean ablation;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description =
          "With --ablation: the number of seeds, counted up from --seed. Default:"
              + " ${DEFAULT-VALUE}.")
  private int seeds;

  @Option(
      names = "--seed",
      paramLabel = "S",
      defaultValue = "1",
      description = "The seed of plan, noise and training. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Another checkpoint of Toy World, in the Hugging Face ONNX layout. Default: the built-in"
              + " one.")
  private @Nullable Path model;

  @Mixin private SamplerOptions sampler;

  @Option(
      names = "--top-up",
      paramLabel = "N",
      defaultValue = "60",
      description =
          "Images are generated until each class has N, including real ones. Default:"
              + " ${DEFAULT-VALUE}.")
  private int topUp;

  @Option(
      names = "--classifier-steps",
      paramLabel = "N",
      defaultValue = "600",
      description = "Optimiser steps of each classifier. Default: ${DEFAULT-VALUE}.")
  private int classifierSteps;

  @Option(
      names = "--segmenter-steps",
      paramLabel = "N",
      defaultValue = "350",
      description = "Optimiser steps of each segmenter. Default: ${DEFAULT-VALUE}.")
  private int segmenterSteps;

  @Option(names = "--on", paramLabel = "SPLIT", defaultValue = "test", hidden = true)
  private String evaluateOn;

  @Option(names = "--rows", paramLabel = "ROW", split = ",", hidden = true)
  private List<Row> rows = List.of(Row.values());

  @Option(names = "--train-images", paramLabel = "N", defaultValue = "300", hidden = true)
  private int trainImages;

  @Option(names = "--evaluation-images", paramLabel = "N", defaultValue = "500", hidden = true)
  private int evaluationImages;

  @Mixin private Console console;

  @Override
  public void run() {
    check();
    Checkpoint checkpoint = Checkpoint.of(model);
    Supplier<StableDiffusion> diffusion =
        () -> sampler.builder(checkpoint.folder(), checkpoint.usualGuidance()).build();
    Study study =
        new Study(
            out,
            new StudySettings(
                describe(diffusion),
                trainImages,
                evaluationImages,
                evaluateOn,
                topUp,
                classifierSteps,
                segmenterSteps),
            diffusion,
            sampler.device(),
            console);
    console.result(
        ablation
            ? new Ablation(study, rows).run(seed, seeds)
            : new Quickstart(study, diffusion, seed).run());
  }

  private static Description describe(Supplier<StableDiffusion> diffusion) {
    try (StableDiffusion loaded = diffusion.get()) {
      return loaded.describe();
    }
  }

  private void check() {
    List<String> faults = new ArrayList<>();
    if (seeds < 1) {
      faults.add("--seeds " + seeds + ": at least 1");
    }
    if (seeds > 1 && !ablation) {
      faults.add("--seeds " + seeds + " requires --ablation");
    }
    if (!evaluateOn.equals("test") && !evaluateOn.equals("val")) {
      faults.add("--on " + evaluateOn + ": evaluate on test or val");
    }
    if (trainImages < 1 || evaluationImages < 1) {
      faults.add("--train-images and --evaluation-images are at least 1");
    }
    if (!faults.isEmpty()) {
      throw new ConfigurationException(faults);
    }
  }
}
