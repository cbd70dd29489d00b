package io.github.iaa4j.cli.quickstart;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.wsss.MeasuredImages;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.wsss.SegmentationScores;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What each part of the method adds: every row is trained with equally many steps on equally many
 * images, with several seeds. Rows that {@code summary.json} holds are not run again.
 */
public final class Ablation {

  private final Study study;
  private final Console console;
  private final List<Row> rows;
  private final Path file;
  private final List<Line> done = new ArrayList<>();

  /**
   * A line of {@code summary.json}.
   *
   * @param row the row's name
   * @param seed of plan, noise and training
   * @param pseudoMaskMiou of the pseudo masks of the real training images, in [0, 1]
   * @param segmenterMiou of the segmenter on the images to evaluate on, in [0, 1]
   * @param accepted images beside the real ones
   * @param attempts images begun
   * @param functionEvaluations UNet batch rows spent
   * @param seconds that the row took
   * @param segmenterMeasured on how many images the segmenter was measured; null in older files
   * @param pseudoMasksMeasured on how many images the pseudo masks were; null in older files
   */
  record Line(
      String row,
      long seed,
      double pseudoMaskMiou,
      double segmenterMiou,
      int accepted,
      int attempts,
      long functionEvaluations,
      double seconds,
      @Nullable MeasuredImages segmenterMeasured,
      @Nullable MeasuredImages pseudoMasksMeasured) {}

  /**
   * The file {@code summary.json}.
   *
   * @param rows every row and seed that is done
   */
  record Summary(List<Line> rows) {}

  /**
   * @param study where
   * @param rows which, in order
   */
  public Ablation(Study study, List<Row> rows) {
    this.study = study;
    this.console = study.console();
    this.rows = rows;
    this.file = study.folder().resolve("summary.json");
    if (Files.exists(file)) {
      done.addAll(JsonFiles.read(file, Summary.class).rows());
    }
  }

  /**
   * Runs what is not done yet, for {@code seeds} seeds from {@code firstSeed} on.
   *
   * @return the result, for programs
   */
  public Map<String, Object> run(long firstSeed, int seeds) {
    console.print(
        "Everything happens in %s. Stop with Ctrl-C; the same command resumes.", study.folder());
    for (long seed = firstSeed; seed < firstSeed + seeds; seed++) {
      for (Row row : rows) {
        if (line(row, seed) == null) {
          console.print("");
          console.print("Seed %d, %s: %s", seed, row.text(), row.meaning());
          Line line = run(row, seed);
          done.add(line);
          JsonFiles.write(file, new Summary(done));
          console.print(
              "   mIoU %.1f, pseudo masks %.1f; %d images of %d attempts; %.0f seconds",
              100 * line.segmenterMiou(),
              100 * line.pseudoMaskMiou(),
              line.accepted(),
              line.attempts(),
              line.seconds());
        }
      }
    }
    printMeans(firstSeed, seeds);
    console.print("");
    console.print("All figures are in %s", file);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("command", "quickstart");
    result.put("folder", study.folder().toString());
    result.put("rows", List.copyOf(done));
    return result;
  }

  private Line run(Row row, long seed) {
    long begun = System.nanoTime();
    Path folder = study.folder().resolve("seed-" + seed);
    Path run = folder.resolve(row.text());
    int accepted = 0;
    int attempts = 0;
    long functionEvaluations = 0;
    if (row.isGenerated()) {
      try (WsssModel baseline =
          study.trained(Row.BASELINE, seed, run, folder.resolve("models/baseline"))) {
        AugmentationReport counts = study.generate(row, seed, run, baseline);
        accepted = counts.slots().accepted();
        attempts = counts.attempts().all();
        functionEvaluations = counts.functionEvaluations().all();
      }
    } else if (row == Row.ORACLE) {
      accepted = study.slots(seed);
    }
    try (WsssModel model =
        study.trained(row, seed, run, folder.resolve("models").resolve(row.text()))) {
      SegmentationScores pseudoMasks = study.pseudoMaskScores(model);
      SegmentationScores segmenter = study.segmenterScores(model);
      console.print("   segmenter %s; pseudo masks %s", segmenter.images(), pseudoMasks.images());
      return new Line(
          row.text(),
          seed,
          pseudoMasks.meanIou(),
          segmenter.meanIou(),
          accepted,
          attempts,
          functionEvaluations,
          (System.nanoTime() - begun) / 1e9,
          segmenter.images(),
          pseudoMasks.images());
    }
  }

  private @Nullable Line line(Row row, long seed) {
    return done.stream()
        .filter(line -> line.row().equals(row.text()) && line.seed() == seed)
        .findFirst()
        .orElse(null);
  }

  private void printMeans(long firstSeed, int seeds) {
    console.print("");
    console.print(
        "Means over %d seeds, in per cent; %d optimiser steps for every row",
        seeds, study.settings().classifierSteps() + study.settings().segmenterSteps());
    console.print(
        "%-12s %7s %7s %13s %8s %9s  %s",
        "row", "mIoU", "gain", "pseudo masks", "images", "attempts", "");
    double baseline = Double.NaN;
    for (Row row : rows) {
      List<Line> lines =
          done.stream()
              .filter(line -> line.row().equals(row.text()))
              .filter(line -> line.seed() >= firstSeed && line.seed() < firstSeed + seeds)
              .toList();
      double mean = lines.stream().mapToDouble(Line::segmenterMiou).average().orElse(Double.NaN);
      if (row == Row.BASELINE) {
        baseline = mean;
      }
      console.print(
          "%-12s %7.1f %+7.1f %13.1f %8.0f %9.0f  %s",
          row.text(),
          100 * mean,
          100 * (mean - baseline),
          100 * lines.stream().mapToDouble(Line::pseudoMaskMiou).average().orElse(Double.NaN),
          lines.stream().mapToInt(Line::accepted).average().orElse(0),
          lines.stream().mapToInt(Line::attempts).average().orElse(0),
          row.meaning());
    }
  }
}
