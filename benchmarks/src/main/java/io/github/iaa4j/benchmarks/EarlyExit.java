package io.github.iaa4j.benchmarks;

import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.PriorAdjustedScorer;
import io.github.iaa4j.core.filter.ScoreFilter;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.prompt.RuleBasedPromptAgent;
import io.github.iaa4j.core.run.AttemptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.diffusion.StableDiffusionBuilder;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What previews save on Toy World: the same slots, prompts and seeds are generated twice, once with
 * previews and once with a filter that sees finished images only.
 */
@Command(
    name = "early-exit",
    description = "UNet rows spent on dropped attempts, and how full batches are, on Toy World.",
    mixinStandardHelpOptions = true)
final class EarlyExit implements Callable<Integer> {

  private static final double DROPPED_GOAL = 0.55;
  private static final double LIVE_GOAL = 0.95;
  private static final double LOST_GOAL = 0.02;
  private static final double ACCEPT_FROM = 0.6;
  private static final int TRAINING_STEPS = 1000;

  @Option(
      names = "--images",
      defaultValue = "300",
      description = "Images to be accepted. Default: ${DEFAULT-VALUE}.")
  private int images = 300;

  @Option(
      names = "--seed",
      defaultValue = "1",
      description =
          "Of the data set, the classifier and the images. The thresholds were chosen on seeds 11 to"
              + " 13. Default: ${DEFAULT-VALUE}.")
  private long seed = 1;

  @Option(
      names = "--even",
      description =
          "The checkpoint's own scheduler with even timesteps, in place of DPM-Solver++ with quadratic"
              + " ones.")
  private boolean even;

  @Option(
      names = "--preview-at",
      split = ",",
      defaultValue = "0.3,0.35,0.4,0.45,0.5,0.55,0.6,0.65,0.7,0.75,0.8",
      description =
          "Shares of the steps after which there is a preview. Default: ${DEFAULT-VALUE}.")
  private double[] previewAt = {0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8};

  /** Below what the judge asks for: a preview shows less. */
  @Option(
      names = "--preview-below",
      split = ",",
      defaultValue = "0.03,0.48",
      description =
          "Scores below which the first and the last preview drop, and evenly between them;"
              + " images need 0.6. Default: ${DEFAULT-VALUE}.")
  private double[] previewBelow = {0.03, 0.48};

  @Option(
      names = "--classifier-steps",
      defaultValue = "600",
      description = "Training steps of the filter's classifier. Default: ${DEFAULT-VALUE}.")
  private int classifierSteps = 600;

  @Option(names = "--steps", defaultValue = "20", description = "Default: ${DEFAULT-VALUE}.")
  private int steps = 20;

  @Option(names = "--batch", defaultValue = "4", description = "Default: ${DEFAULT-VALUE}.")
  private int batch = 4;

  private record Outcome(
      int attempts,
      int accepted,
      long liveRows,
      long lostRows,
      double occupancy,
      double seconds,
      Set<String> acceptedAttempts,
      Set<String> droppedAttempts) {}

  @Override
  public Integer call() throws IOException {
    if (previewBelow.length > 2) {
      throw new IllegalArgumentException("--preview-below takes one score, or the first and last");
    }
    Path work = Files.createTempDirectory("iaa-early-exit-");
    try {
      // As the quickstart: 300 narrow images, and a classifier that was trained on them.
      ToyWorld.write(Split.TRAIN, 300, seed, work.resolve("train"));
      LabeledDataset real = VocDataset.open(work.resolve("train"), Split.TRAIN.fileName());
      try (OnnxWsss classifier =
          WsssTraining.builder()
              .classifierSteps(classifierSteps)
              .segmenterSteps(1)
              .seed(seed)
              .build()
              .fit(real, work.resolve("classifier"))) {
        ScoreFilter atTheEnd =
            OnlineFilter.of(PriorAdjustedScorer.of(classifier, real)).acceptFrom(ACCEPT_FROM);
        Outcome late = generate(real, atTheEnd, work.resolve("late"));
        Outcome early =
            generate(
                real,
                atTheEnd
                    .rejectPreviewBelow(previewBelow[0], previewBelow[previewBelow.length - 1])
                    .previewAt(previewAt),
                work.resolve("early"));
        print(late, early);
      }
    } finally {
      LoadTime.delete(work);
    }
    return 0;
  }

  private Outcome generate(LabeledDataset real, OnlineFilter filter, Path folder)
      throws IOException {
    try (StableDiffusion sampler =
            schedule(StableDiffusion.builder(ToyWorldCheckpoint.folder()))
                .guidance(5)
                .batch(batch)
                .build();
        ImageAugmentationAgent agent =
            ImageAugmentationAgent.builder()
                .dataset(real)
                .promptAgent(new RuleBasedPromptAgent())
                .balance(Balance.add(images))
                .filter(filter)
                .seed(seed)
                .sampler(sampler)
                .output(folder)
                .build()) {
      agent.writePrompts();
      long begun = System.nanoTime();
      AugmentationReport report = agent.generate();
      double seconds = (System.nanoTime() - begun) / 1e9;
      List<AttemptRecord> unaccepted = Run.open(folder).attempts();
      long lost = unaccepted.stream().mapToLong(AttemptRecord::functionEvaluations).sum();
      long all = lost + 2L * steps * report.slots().accepted();
      return new Outcome(
          report.attempts().all(),
          report.slots().accepted(),
          all,
          lost,
          sampler.batchOccupancy(),
          seconds,
          Run.open(folder).manifest().stream()
              .map(image -> image.slot() + "-" + image.attempt())
              .collect(Collectors.toSet()),
          unaccepted.stream()
              .filter(attempt -> attempt.outcome() == io.github.iaa4j.core.outcome.Outcome.DROPPED)
              .map(attempt -> attempt.slot() + "-" + attempt.attempt())
              .collect(Collectors.toSet()));
    }
  }

  private StableDiffusionBuilder schedule(StableDiffusionBuilder sampler) {
    return even
        ? sampler.steps(steps)
        : sampler.scheduler("DPMSolverMultistepScheduler").timesteps(quadratic(steps));
  }

  /**
   * Timesteps that lie closer the less noise there is (Song et al., arXiv 2010.02502, appendix
   * D.3): the image takes shape in fewer steps, and more are left for its details. The first and
   * the last are those of evenly spaced ones.
   */
  private static int[] quadratic(int steps) {
    int[] timesteps = new int[steps];
    int span = TRAINING_STEPS / steps * (steps - 1);
    for (int i = 1; i <= steps; i++) {
      double share = (i - 1.0) / (steps - 1);
      int before = i == 1 ? 0 : timesteps[steps - i + 1];
      timesteps[steps - i] = Math.max(before + 1, 1 + (int) Math.round(span * share * share));
    }
    return timesteps;
  }

  private void print(Outcome late, Outcome early) {
    System.out.println(
        "Toy World, "
            + images
            + " images to be accepted, "
            + steps
            + (even ? " even" : " quadratic")
            + " guided steps, seed "
            + seed
            + ", previews at the shares "
            + Arrays.toString(previewAt)
            + " below "
            + Arrays.toString(previewBelow));
    Table table = new Table("", "filter at the end", "with previews", "ratio", "goal");
    table.row("attempts", late.attempts, early.attempts, "", "");
    table.row("accepted", late.accepted, early.accepted, "", "");
    table.row(
        "UNet rows of attempts that were not accepted",
        late.lostRows,
        early.lostRows,
        early.lostRows / (double) late.lostRows,
        "at most " + DROPPED_GOAL);
    long wronglyDropped =
        late.acceptedAttempts.stream().filter(early.droppedAttempts::contains).count();
    table.row(
        "share of the images that the judge accepts which a preview drops",
        "",
        wronglyDropped / (double) late.acceptedAttempts.size(),
        "",
        "at most " + LOST_GOAL);
    table.row(
        "UNet rows for each accepted image",
        late.liveRows / (double) late.accepted,
        early.liveRows / (double) early.accepted,
        early.liveRows * (double) late.accepted / (early.accepted * (double) late.liveRows),
        "");
    table.row("seconds", late.seconds, early.seconds, early.seconds / late.seconds, "");
    // Batch by batch, a row whose image was dropped runs along until its batch is through.
    double plain = early.liveRows / (2.0 * steps * early.attempts);
    table.row("share of rows that belonged to a live image, batch by batch", "", plain, "", "");
    table.row("the same, staged", late.occupancy, early.occupancy, "", LIVE_GOAL);
    table.print();
  }
}
