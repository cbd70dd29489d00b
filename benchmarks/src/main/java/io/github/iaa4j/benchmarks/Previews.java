package io.github.iaa4j.benchmarks;

import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.PriorAdjustedScorer;
import io.github.iaa4j.core.prompt.Prompt;
import io.github.iaa4j.core.sampling.GenerationJob;
import io.github.iaa4j.core.sampling.JobSource;
import io.github.iaa4j.core.sampling.Preview;
import io.github.iaa4j.diffusion.PreviewDecoder;
import io.github.iaa4j.diffusion.StableDiffusion;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.toyworld.ToyWorldCheckpoint;
import io.github.iaa4j.wsss.OnnxWsss;
import io.github.iaa4j.wsss.WsssTraining;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * What the decoders of previews cost on Toy World, how far their images are from those of the whole
 * decoder, and how often the filter decides the same. Each decoder sees the same latents: those
 * that are predicted halfway for the same prompts and seeds.
 */
@Command(
    name = "previews",
    description = "Cheap decoders of previews against the whole one, on Toy World.",
    mixinStandardHelpOptions = true)
final class Previews implements Callable<Integer> {

  private static final int STEPS = 20;

  @Option(
      names = "--images",
      defaultValue = "200",
      description = "Previews to compare. Default: ${DEFAULT-VALUE}.")
  private int images = 200;

  @Option(
      names = "--below",
      defaultValue = "" + PriorAdjustedScorer.PREVIEW_THRESHOLD,
      description = "The filter's threshold for previews. Default: ${DEFAULT-VALUE}.")
  private double below = PriorAdjustedScorer.PREVIEW_THRESHOLD;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description = "A model of Toy World; with vae_preview, that is measured too.")
  private @Nullable Path model;

  @Option(
      names = "--classifier-steps",
      defaultValue = "600",
      description = "Training steps of the filter's classifier. Default: ${DEFAULT-VALUE}.")
  private int classifierSteps = 600;

  @Option(
      names = "--classifier",
      paramLabel = "DIR",
      description = "The filter's. Default: one is trained as in the quickstart.")
  private @Nullable Path classifier;

  /** One preview, and what the filter's classifier thinks of it. */
  private record Seen(RgbImage image, double score, double millis) {}

  /** All of one decoder, by slot. */
  private record Outcome(double loading, List<Seen> seen) {

    double millis() {
      return Table.median(seen.stream().map(Seen::millis).toList());
    }
  }

  @Override
  public Integer call() throws IOException {
    Path work = Files.createTempDirectory("iaa-previews-");
    try {
      // As the quickstart: 300 narrow images, and a classifier that was trained on them.
      ToyWorld.write(Split.TRAIN, 300, 1, work.resolve("train"));
      LabeledDataset real = VocDataset.open(work.resolve("train"), Split.TRAIN.fileName());
      try (OnnxWsss wsss =
          classifier == null
              ? WsssTraining.builder()
                  .classifierSteps(classifierSteps)
                  .segmenterSteps(1)
                  .seed(1)
                  .build()
                  .fit(real, work.resolve("classifier"))
              : OnnxWsss.load(classifier)) {
        compare(PriorAdjustedScorer.of(wsss, real));
      }
    } finally {
      LoadTime.delete(work);
    }
    return 0;
  }

  private void compare(ImageScorer scorer) {
    Path folder = model == null ? ToyWorldCheckpoint.folder() : model;
    Outcome full = preview(folder, PreviewDecoder.FULL, scorer);
    Table table =
        new Table("", "ms a preview", "seconds to load", "PSNR, dB", "dropped", "same verdict");
    table.row("full", full.millis(), full.loading, "", dropped(full), "");
    for (PreviewDecoder decoder : List.of(PreviewDecoder.TINY, PreviewDecoder.LINEAR)) {
      if (decoder == PreviewDecoder.TINY && !Files.exists(folder.resolve("vae_preview"))) {
        continue;
      }
      Outcome outcome = preview(folder, decoder, scorer);
      table.row(
          decoder.name().toLowerCase(Locale.ROOT),
          outcome.millis(),
          outcome.loading,
          psnr(full, outcome),
          dropped(outcome),
          agreement(full, outcome));
    }
    System.out.println(
        "Toy World, "
            + images
            + " previews halfway through "
            + STEPS
            + " guided steps; dropped below "
            + below
            + "; times are those of the processor");
    table.print();
  }

  private double dropped(Outcome outcome) {
    return outcome.seen.stream().filter(seen -> seen.score < below).count() / (double) images;
  }

  private double agreement(Outcome one, Outcome other) {
    int same = 0;
    for (int i = 0; i < images; i++) {
      same += (one.seen.get(i).score < below) == (other.seen.get(i).score < below) ? 1 : 0;
    }
    return same / (double) images;
  }

  private double psnr(Outcome one, Outcome other) {
    double squares = 0;
    long count = 0;
    for (int i = 0; i < images; i++) {
      byte[] ours = one.seen.get(i).image.pixels();
      byte[] theirs = other.seen.get(i).image.pixels();
      for (int k = 0; k < ours.length; k++) {
        double apart = ((ours[k] & 0xff) - (theirs[k] & 0xff)) / 255.0;
        squares += apart * apart;
      }
      count += ours.length;
    }
    return -10 * Math.log10(squares / count);
  }

  /** Of this thread, which is the one that computes: what else the machine does hardly counts. */
  private static long processorNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private Outcome preview(Path folder, PreviewDecoder decoder, ImageScorer scorer) {
    List<String> classes = scorer.classNames();
    List<GenerationJob> jobs = new ArrayList<>();
    for (int i = 0; i < images; i++) {
      String name = classes.get(i % classes.size());
      jobs.add(new GenerationJob(i, 0, 1000 + i, new Prompt("a photo of a " + name, "")));
    }
    Seen[] seen = new Seen[images];
    long begun = processorNanos();
    try (StableDiffusion sampler =
        StableDiffusion.builder(folder)
            .steps(STEPS)
            .guidance(5)
            .threads(1)
            .previews(decoder)
            .build()) {
      double loading = (processorNanos() - begun) / 1e9;
      sampler.generate(
          JobSource.of(jobs),
          new PreviewObserver() {
            @Override
            public int[] previewSteps(int steps) {
              return new int[] {steps / 2};
            }

            @Override
            public boolean onPreview(Preview preview) {
              int slot = preview.job().slot();
              long asked = processorNanos();
              RgbImage image = preview.image();
              double millis = (processorNanos() - asked) / 1e6;
              seen[slot] = new Seen(image, scorer.score(image)[slot % classes.size()], millis);
              return false;
            }
          });
      return new Outcome(loading, List.of(seen));
    }
  }
}
