package io.github.iaa4j.cli.quickstart;

import io.github.iaa4j.cli.output.Console;
import io.github.iaa4j.cli.output.RunProgress;
import io.github.iaa4j.cli.output.TrainingProgress;
import io.github.iaa4j.core.AugmentationReport;
import io.github.iaa4j.core.ImageAugmentationAgent;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.dataset.VocDataset;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.filter.ImageScorer;
import io.github.iaa4j.core.filter.OnlineFilter;
import io.github.iaa4j.core.filter.PriorAdjustedScorer;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.JsonFiles;
import io.github.iaa4j.core.plan.Balance;
import io.github.iaa4j.core.plan.RunSeed;
import io.github.iaa4j.core.run.ManifestEntry;
import io.github.iaa4j.core.run.Run;
import io.github.iaa4j.core.sampling.DiffusionSampler;
import io.github.iaa4j.core.wsss.WsssMethod;
import io.github.iaa4j.core.wsss.WsssModel;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.toyworld.Split;
import io.github.iaa4j.toyworld.ToyWorld;
import io.github.iaa4j.wsss.SegmentationEvaluation;
import io.github.iaa4j.wsss.SegmentationScores;
import io.github.iaa4j.wsss.TrainingListener;
import io.github.iaa4j.wsss.WsssTraining;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/**
 * A folder in which Toy World is drawn, generated from and learnt. Whatever is there already is
 * used, so that a study can be stopped and resumed.
 */
public final class Study {

  /** Toy World is the same in every study; chance in plans, noise and training is the row's. */
  private static final long WORLD_SEED = 1;

  /** Real images of the oracle: no other split is ever drawn from this seed. */
  private static final long ORACLE_SEED = 20_260_000;

  private final Path folder;
  private final StudySettings settings;
  private final Supplier<? extends DiffusionSampler> sampler;
  private final Device device;
  private final Console console;

  /**
   * @param folder made if it is not there
   * @param settings those that the folder was started with, or of a new study
   * @param sampler opens the sampler; closed by the study
   * @param device where classifiers and segmenters run on ONNX Runtime
   * @param console where progress is shown
   * @throws ConfigurationException if the folder was started with other settings
   */
  public Study(
      Path folder,
      StudySettings settings,
      Supplier<? extends DiffusionSampler> sampler,
      Device device,
      Console console) {
    this.folder = folder;
    this.settings = settings;
    this.sampler = sampler;
    this.device = device;
    this.console = console;
    Path file = folder.resolve("settings.json");
    if (!Files.exists(file)) {
      JsonFiles.write(file, settings);
    } else if (!JsonFiles.read(file, StudySettings.class).equals(settings)) {
      throw new ConfigurationException(
          file
              + ": this folder was started with "
              + JsonFiles.read(file, StudySettings.class)
              + ", not with "
              + settings
              + ". Ask for the same, or use another folder with --out.");
    }
  }

  Path folder() {
    return folder;
  }

  StudySettings settings() {
    return settings;
  }

  Console console() {
    return console;
  }

  /** The narrow images that stand for a small collected data set. */
  LabeledDataset real() {
    return split(Split.TRAIN, settings.trainImages(), WORLD_SEED, "train");
  }

  /** The varied images to evaluate on; never trained on, and the checkpoint never saw them. */
  LabeledDataset evaluation() {
    Split split = settings.evaluateOn().equals("test") ? Split.TEST : Split.VAL;
    return split(split, settings.evaluationImages(), WORLD_SEED, split.fileName());
  }

  /** Varied real images in the number of the generated ones. */
  private LabeledDataset oracle(int images, long seed) {
    return split(Split.BROAD, images, ORACLE_SEED + seed, "oracle-" + seed);
  }

  private LabeledDataset split(Split split, int images, long seed, String name) {
    Path data = folder.resolve("data").resolve(name);
    // Written last, so its presence says that the split is complete.
    if (!Files.exists(data.resolve("captions.jsonl"))) {
      ToyWorld.write(split, images, seed, data);
    }
    return VocDataset.open(data, split.fileName());
  }

  /** How many images the balanced plan has; the unbalanced rows get as many. */
  int slots(long seed) {
    return Balance.topUpTo(settings.topUp()).plan(real(), new RunSeed(seed)).size();
  }

  ImageAugmentationAgent agent(
      Row row,
      long seed,
      Path run,
      DiffusionSampler diffusion,
      ImageScorer scorer,
      RunProgress progress) {
    LabeledDataset real = real();
    return ImageAugmentationAgent.builder()
        .dataset(real, "voc:" + folder.resolve("data").resolve("train") + ":train")
        .promptAgent(row.agent())
        .refinement(row.refinement())
        .balance(row.isBalanced() ? Balance.topUpTo(settings.topUp()) : Balance.add(slots(seed)))
        .attempts(row.attempts())
        .filter(row.isFiltered() ? filter(scorer) : OnlineFilter.acceptAll())
        .fillExhausted(true)
        .keepRejected(row.isFiltered())
        .seed(seed)
        .sampler(diffusion)
        .output(run)
        .listener(progress)
        .build();
  }

  private OnlineFilter filter(ImageScorer scorer) {
    return OnlineFilter.of(PriorAdjustedScorer.of(scorer, real()))
        .rejectPreviewBelow(PriorAdjustedScorer.PREVIEW_THRESHOLD)
        .acceptFrom(PriorAdjustedScorer.ACCEPT_THRESHOLD);
  }

  /** Writes prompts and generates, or counts what is there. */
  AugmentationReport generate(Row row, long seed, Path run, ImageScorer scorer) {
    try (DiffusionSampler diffusion = sampler.get();
        RunProgress progress = new RunProgress(console);
        ImageAugmentationAgent agent = agent(row, seed, run, diffusion, scorer, progress)) {
      return agent.run();
    }
  }

  /** What a row trains on, beside the real images. */
  LabeledDataset with(LabeledDataset real, Row row, long seed, Path run) {
    return switch (row) {
      case BASELINE -> real;
      case ORACLE -> LabeledDataset.concat(real, oracle(slots(seed), seed));
      default -> LabeledDataset.concat(real, accepted(Run.open(run)));
    };
  }

  /** The generated images of a run; none if its filter turned everything down. */
  LabeledDataset accepted(Run run) {
    return run.manifest().isEmpty()
        ? LabeledDataset.of(real().classNames(), List.of())
        : VocDataset.open(run.dataset(), "train");
  }

  /**
   * The generated images that a model was trained on.
   *
   * @param sha256 of the images, in their order
   */
  record Generated(List<String> sha256) {}

  /**
   * A row's model, trained first if it is not there or was trained on other images: prompts may
   * have been edited and their images generated again. Every model gets equal steps.
   *
   * @param run where the row's images are, if it has any
   */
  WsssModel trained(Row row, long seed, Path run, Path model) {
    Path file = model.resolveSibling(model.getFileName() + ".images.json");
    Generated images =
        new Generated(
            row.isGenerated()
                ? Run.open(run).manifest().stream().map(ManifestEntry::sha256).toList()
                : List.of());
    try (TrainingProgress progress = new TrainingProgress(console)) {
      WsssMethod<? extends WsssModel> method = method(seed, progress);
      if (Files.exists(file)
          && method.isPresent(model)
          && JsonFiles.read(file, Generated.class).equals(images)) {
        return method.load(model);
      }
      try {
        // Or a training that is cut short would leave it beside a model of other images.
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw AtomicFiles.failure(file, e);
      }
      WsssModel trained = method.fit(with(real(), row, seed, run), model);
      JsonFiles.write(file, images);
      return trained;
    }
  }

  /** How the model of every row is trained. */
  WsssMethod<? extends WsssModel> method(long seed, TrainingListener listener) {
    return WsssTraining.builder()
        .classifierSteps(settings.classifierSteps())
        .segmenterSteps(settings.segmenterSteps())
        .seed(seed)
        .device(device)
        .checkpointEvery(0) // A training takes minutes, and its images may be others next time.
        .listener(listener)
        .build();
  }

  /** The segmenter on images that it has never seen. */
  SegmentationScores segmenterScores(WsssModel model) {
    stopIfCancelled();
    return SegmentationEvaluation.ofSegmenter(model, evaluation());
  }

  /** The pseudo masks of the real training images. */
  SegmentationScores pseudoMaskScores(WsssModel model) {
    stopIfCancelled();
    return SegmentationEvaluation.ofPseudoMasks(model, real());
  }

  void stopIfCancelled() {
    if (Thread.currentThread().isInterrupted()) {
      throw new CancelledException(folder);
    }
  }
}
