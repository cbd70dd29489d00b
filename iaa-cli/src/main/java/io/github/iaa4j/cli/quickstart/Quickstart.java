package io.github.iaa4j.cli.quickstart;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.RunProgress;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.run.Comparison;
import io.github.iaa4j.core.run.PromptRecord;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.report.HtmlReport;
import io.github.iaa4j.wsss.TrainingComparison;
import io.github.iaa4j.wsss.TrainingListener;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/** The whole method once, with a word on every stage. */
public final class Quickstart {

  private final Study study;
  private final Console console;
  private final Supplier<? extends DiffusionSampler> sampler;
  private final long seed;
  private final long begun = System.nanoTime();
  private long stageBegun = begun;

  /**
   * @param study where
   * @param sampler opens the sampler
   * @param seed of plan, noise and training
   */
  public Quickstart(Study study, Supplier<? extends DiffusionSampler> sampler, long seed) {
    this.study = study;
    this.console = study.console();
    this.sampler = sampler;
    this.seed = seed;
  }

  /**
   * Runs what is not done yet.
   *
   * @return the result, for programs
   */
  public Map<String, Object> run() {
    Path folder = study.folder();
    Path runFolder = folder.resolve("run");
    console.print("Everything happens in %s. Stop with Ctrl-C; the same command resumes.", folder);

    stage(1, "Data");
    LabeledDataset real = study.real();
    LabeledDataset evaluation = study.evaluation();
    console.print(
        "   %d labelled images, narrow and unbalanced as a small collection is, to train on;",
        real.images().size());
    console.print("   %d varied ones with masks, to evaluate on.", evaluation.images().size());

    stage(2, "Baseline: segmentation from the real images' labels alone");
    try (WsssModel baseline =
        study.trained(Row.BASELINE, seed, runFolder, folder.resolve("models/baseline"))) {
      AugmentationReport counts = generate(baseline, runFolder);

      stage(
          5, "Segmentation from real and generated images, with the same number of training steps");
      try (WsssModel augmented =
          study.trained(Row.FULL, seed, runFolder, folder.resolve("models/augmented"))) {
        stage(6, "Result");
        study.stopIfCancelled();
        Run run = Run.open(runFolder);
        Comparison comparison =
            TrainingComparison.of(
                study.method(seed, new TrainingListener() {}),
                baseline,
                augmented,
                real,
                study.accepted(run),
                evaluation,
                "Toy World's " + study.settings().evaluateOn());
        run.writeComparison(comparison);
        Path report = HtmlReport.write(run);
        print(comparison);
        console.print("   segmenters " + comparison.segmenterMeasured());
        console.print("   pseudo masks " + comparison.pseudoMasksMeasured());
        console.print("   %.0f seconds in all", (System.nanoTime() - begun) / 1e9);
        console.print("");
        console.print("The report, to open in a browser: %s", report);
        console.print("The generated images as a VOC data set: %s", counts.dataset());
        return result(comparison, counts, report);
      }
    }
  }

  /** Prompts and images of the whole method. */
  private AugmentationReport generate(WsssModel baseline, Path runFolder) {
    try (DiffusionSampler diffusion = sampler.get();
        RunProgress progress = new RunProgress(console);
        ImageAugmentationAgent agent =
            study.agent(Row.FULL, seed, runFolder, diffusion, baseline, progress)) {
      stage(3, "Prompts: an agent writes one for every image that is missing, and refines it");
      List<PromptRecord> prompts = agent.writePrompts();
      progress.finish();
      long rewritten = prompts.stream().filter(prompt -> prompt.rounds().size() > 1).count();
      console.print(
          "   %d prompts, %d of them rewritten after a critique.%s",
          prompts.size(), rewritten, prompts.isEmpty() ? "" : " The first:");
      if (!prompts.isEmpty()) {
        console.print("   \"%s\"", prompts.get(0).text());
      }

      stage(4, "Images, while the filter judges previews with the baseline's classifier");
      AugmentationReport counts = agent.generate();
      progress.finish();
      console.print(
          "   %d images accepted after %d attempts: %d dropped by previews, %d rejected when finished.",
          counts.slots().accepted(),
          counts.attempts().all(),
          counts.attempts().dropped(),
          counts.attempts().rejected());
      counts.shortfalls().forEach(shortfall -> console.print("   %s", shortfall));
      return counts;
    }
  }

  private void stage(int number, String title) {
    if (number > 1) {
      console.print("   %.0f seconds", (System.nanoTime() - stageBegun) / 1e9);
    }
    stageBegun = System.nanoTime();
    console.print("");
    console.print("%d  %s", number, title);
  }

  private void print(Comparison c) {
    console.print("   IoU in per cent on %s", c.evaluatedOn());
    console.print("   %-14s %8s %8s %8s", "", "before", "after", "gain");
    for (int k = 0; k < c.classNames().size(); k++) {
      line(c.classNames().get(k), c.before().iou().get(k), c.after().iou().get(k));
    }
    line("mIoU", c.before().mIoU(), c.after().mIoU());
    Double before = c.before().pseudoMaskMIoU();
    Double after = c.after().pseudoMaskMIoU();
    if (before != null && after != null) {
      line("pseudo masks", before, after);
    }
  }

  private void line(String name, double before, double after) {
    console.print(
        "   %-14s %8.1f %8.1f %+8.1f", name, 100 * before, 100 * after, 100 * (after - before));
  }

  private Map<String, Object> result(Comparison c, AugmentationReport counts, Path report) {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "quickstart");
    result.put("folder", study.folder().toString());
    result.put("seed", seed);
    result.put("evaluatedOn", study.settings().evaluateOn());
    result.put("mIoUBefore", c.before().mIoU());
    result.put("mIoUAfter", c.after().mIoU());
    result.put("pseudoMaskMIoUBefore", c.before().pseudoMaskMIoU());
    result.put("pseudoMaskMIoUAfter", c.after().pseudoMaskMIoU());
    result.put("segmenterMeasured", c.segmenterMeasured());
    result.put("pseudoMasksMeasured", c.pseudoMasksMeasured());
    result.put("accepted", counts.slots().accepted());
    result.put("attempts", counts.attempts().all());
    result.put("seconds", (System.nanoTime() - begun) / 1e9);
    result.put("report", report.toString());
    return result;
  }
}
