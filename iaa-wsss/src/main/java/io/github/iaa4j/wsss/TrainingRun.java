package io.github.iaa4j.wsss;

import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.CancelledException;
import io.github.iaa4j.core.internal.FolderLock;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.core.internal.Slices;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.ActivationMaps;
import io.github.iaa4j.wsss.internal.ModelCard;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.ValidationScore;
import io.github.iaa4j.wsss.internal.training.TrainingJob;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Example;
import io.github.iaa4j.wsss.internal.training.TwoStageTraining;
import io.github.iaa4j.wsss.internal.training.TwoStageTraining.Trained;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One training, from the data set to the model's files. */
final class TrainingRun {

  private static final Logger LOG = LoggerFactory.getLogger(TrainingRun.class);

  private final TrainingJob job;
  private final TrainingSettings settings;
  private final TrainingListener listener;

  TrainingRun(TrainingJob job, TrainingListener listener) {
    this.job = job;
    this.settings = job.settings();
    this.listener = listener;
  }

  /**
   * Trains, from the folder's checkpoint on if there is one, and writes the model.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  @SuppressWarnings("try") // Nothing is asked of the lock but to be held.
  void run() throws InterruptedException {
    TwoStageTraining stages = TwoStageTraining.prepare(job, this::cancelIfInterrupted);
    Path folder = job.modelFolder();
    ModelFolder.create(folder);
    try (FolderLock lock = FolderLock.acquire(folder, "model")) {
      stages.resume(this::cancelIfInterrupted);
      if (stages.classifierStepsDone() > 0) {
        LOG.info(
            "{}: resuming after step {} of the classifier and {} of the segmenter",
            folder,
            stages.classifierStepsDone(),
            stages.segmenterStepsDone());
        listener.resumed(stages.classifierStepsDone(), stages.segmenterStepsDone());
      }
      train(stages);
      stages.complete();
    }
  }

  private void train(TwoStageTraining stages) throws InterruptedException {
    Trained classifier = stages.classifier(classifierProgress());
    List<LabelMask> masks = pseudoMasks(stages, classifier.onnx());
    Trained segmenter =
        stages.segmenter(
            masks,
            classifier,
            (step, loss) -> {
              cancelIfInterrupted();
              listener.segmenterStep(step, settings.segmenterSteps(), loss);
            });
    ModelFolder.write(
        job.modelFolder(),
        classifier.onnx(),
        segmenter.onnx(),
        new ModelCard(
            job.images().classNames(),
            settings,
            stages.normalization(),
            stages.inputStride(),
            job.backboneName(),
            stages.data().realCount(),
            stages.data().generatedCount(),
            Sha256.hex(classifier.onnx()),
            Sha256.hex(segmenter.onnx()),
            classifier.step(),
            classifier.validation(),
            classifier.losses(),
            segmenter.losses()));
  }

  private TwoStageTraining.Progress classifierProgress() {
    return new TwoStageTraining.Progress() {
      @Override
      public void step(int step, float loss) {
        cancelIfInterrupted();
        listener.classifierStep(step, settings.classifierSteps(), loss);
      }

      @Override
      public void validated(ValidationScore score) {
        listener.classifierValidated(score.step(), score.meanAveragePrecision());
      }
    };
  }

  private List<LabelMask> pseudoMasks(TwoStageTraining stages, byte[] classifier) {
    Path file = job.modelFolder().resolve(ModelFolder.CLASSIFIER);
    List<Example> examples = stages.data().examples();
    LabelMask[] masks = new LabelMask[examples.size()];
    try (Graph network = Graph.load(file, classifier, job.device(), ModelFolder.REMEDIES)) {
      ActivationMaps maps =
          new ActivationMaps(
              network, job.images().classNames().size(), stages.scaling(), settings.camScales());
      Slices.forEach(
          masks.length,
          done -> cancelIfInterrupted(),
          (from, to) -> {
            IntStream.range(from, to)
                .parallel()
                .forEach(i -> masks[i] = pseudoMask(maps, examples.get(i)));
            for (int i = from; i < to; i++) {
              listener.pseudoMask(i + 1, masks.length);
            }
          });
    }
    return List.of(masks);
  }

  private LabelMask pseudoMask(ActivationMaps maps, Example example) {
    return maps.pseudoMask(
        example.image(), example.labels(), settings.refinement(), settings.backgroundRule());
  }

  private void cancelIfInterrupted() {
    if (Thread.currentThread().isInterrupted()) {
      throw cancelled(job.modelFolder(), null);
    }
  }

  static CancelledException cancelled(Path modelFolder, @Nullable InterruptedException cause) {
    boolean isSaved = Files.exists(modelFolder.resolve(ModelFolder.CHECKPOINT));
    return new CancelledException(
        "training was cancelled; "
            + modelFolder
            + " is as it was"
            + (isSaved ? ", besides the checkpoint from which the same training resumes" : ""),
        cause);
  }
}
