package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.EngineException;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.InputScaling;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.ValidationScore;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Batch;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Order;
import io.github.iaa4j.wsss.internal.training.graph.Gate;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The training of the classifier, and that of the segmenter on its pseudo masks. All random numbers
 * come from the seed: the initial weights, the order of the images and their augmentation. So a
 * training that goes on from a checkpoint takes the steps that it would have taken.
 */
public final class TwoStageTraining {

  /** Is told of every step, from 1 on. */
  public interface Progress {

    /**
     * @param loss of the step's batch, before the step
     */
    void step(int step, float loss);

    /** The classifier was measured on the validation images. */
    default void validated(ValidationScore score) {}
  }

  /** A trained network. */
  public static final class Trained {

    private final OnnxModel model;
    private final byte[] onnx;
    private final Map<String, float[]> weights;
    private final List<Float> losses;
    private final List<ValidationScore> validation;
    private final int step;

    private Trained(
        Stage stage, Map<String, float[]> weights, List<Float> losses, EarlyStop earlyStop) {
      this.model = stage.start().withValues(weights);
      this.onnx = model.cutTo(stage.writtenOutputs()).toByteArray();
      this.weights = weights;
      this.losses = List.copyOf(losses);
      this.validation = earlyStop.curve();
      this.step = earlyStop.best().map(ValidationScore::step).orElse(losses.size());
    }

    /** The bytes of an ONNX model; not copied. */
    public byte[] onnx() {
      return onnx;
    }

    /** The loss of every step. */
    public List<Float> losses() {
      return losses;
    }

    /** What was measured on validation images; empty without them. */
    public List<ValidationScore> validation() {
      return validation;
    }

    /** The step whose weights these are. */
    public int step() {
      return step;
    }
  }

  /** What a stage does besides its steps. */
  private interface Course {

    /** Follows each step. */
    void after(int step, float loss, GraphTrainer trainer);

    /** Whether no more steps are to be taken. */
    default boolean isOver() {
      return false;
    }

    /** The weights that are kept, which are those after the last step unless others are better. */
    default Map<String, float[]> kept(Map<String, float[]> last) {
      return last;
    }
  }

  private final TrainingSet data;
  private final @Nullable Validation validation;
  private final Networks networks;
  private final int classes;
  private final TrainingJob job;
  private final TrainingSettings settings;
  private final CheckpointFile file;
  private Checkpoint reached = Checkpoint.start(new JsonObject());

  private TwoStageTraining(
      TrainingSet data, @Nullable Validation validation, Networks networks, TrainingJob job) {
    this.data = data;
    this.validation = validation;
    this.networks = networks;
    this.classes = job.images().classNames().size();
    this.job = job;
    this.settings = job.settings();
    this.file = new CheckpointFile(job.modelFolder());
  }

  /**
   * Prepares the networks and reads the images.
   *
   * @param checkpoint called between slices of images; may throw to end the reading
   * @throws ModelException if the backbone cannot be used
   * @throws ConfigurationException if the settings do not fit it, or it reads one size alone
   */
  public static TwoStageTraining prepare(TrainingJob job, Runnable checkpoint) {
    TrainingSettings settings = job.settings();
    int classes = job.images().classNames().size();
    Networks networks =
        job.backbone() == null
            ? new DrawingNetworks(classes, settings, job.modelFolder())
            : new BackboneNetworks(PyTorch.engine(), job.backbone(), classes, settings);
    if (job.backbone() != null && networks.isFixedInSize()) {
      throw new ConfigurationException(
          job.backbone().file()
              + ": the graph reads images of one size alone, "
              + settings.cropSize()
              + "x"
              + settings.cropSize()
              + " pixels, and class activation maps are read from whole images of any size."
              + " Export it with an open height and width as tools/backbones/README.md says. A vision"
              + " transformer must interpolate its positions in the graph by itself; otherwise use a"
              + " convolutional backbone.");
    }
    Crops crops =
        new Crops(
            settings.cropSize(),
            settings.imageSize(),
            settings.minScale(),
            settings.maxScale(),
            Collections.max(settings.camScales()),
            networks.normalization());
    LabeledDataset held = job.validation();
    long images = job.images().images().size();
    long memory = TrainingSet.usualMemory();
    long share =
        held == null ? memory : (long) ((double) memory * images / (images + held.images().size()));
    TrainingSet data =
        new TrainingSet(job.images(), crops, settings.generatedWeight(), share, checkpoint);
    Validation validation =
        held == null
            ? null
            : new Validation(
                new TrainingSet(held, crops, 1, memory - share, checkpoint),
                classes,
                scaling(networks, settings),
                job.device(),
                job.modelFolder(),
                checkpoint);
    return new TwoStageTraining(data, validation, networks, job);
  }

  /** The images. */
  public TrainingSet data() {
    return data;
  }

  /** How images are normalised before they are given to the networks. */
  public Normalization normalization() {
    return networks.normalization();
  }

  /** Heights and widths of the networks' input are multiples of this. */
  public int inputStride() {
    return networks.inputStride();
  }

  /** How an image becomes the input of the networks. */
  public InputScaling scaling() {
    return scaling(networks, settings);
  }

  private static InputScaling scaling(Networks networks, TrainingSettings settings) {
    return new InputScaling(settings.imageSize(), networks.inputStride(), networks.normalization());
  }

  /**
   * Resumes from the folder's checkpoint, if there is one.
   *
   * @param checkpoint called between slices of images; may throw to end the reading
   * @throws io.github.iaa4j.core.error.StorageException if it is damaged, or cannot be read
   * @throws ConfigurationException if it is of another training
   */
  public void resume(Runnable checkpoint) {
    if (job.checkpointEvery() > 0 || file.isPresent()) {
      OnnxModel classifier = networks.classifier(new Random(settings.seed())).start();
      OnnxModel segmenter = networks.segmenter(new Random(~settings.seed()), classifier).start();
      JsonObject configuration =
          Configuration.of(
              job,
              classifier.toByteArray(),
              segmenter.toByteArray(),
              data.examples(),
              validation == null ? List.of() : validation.images(),
              checkpoint);
      reached = file.read(configuration).orElse(Checkpoint.start(configuration));
    }
  }

  /** Steps of the classifier that a checkpoint saves. */
  public int classifierStepsDone() {
    return reached.classifierLosses().size();
  }

  /** Steps of the segmenter that a checkpoint saves. */
  public int segmenterStepsDone() {
    return reached.segmenterLosses().size();
  }

  /**
   * Deletes the checkpoint, once the model is written.
   *
   * @throws io.github.iaa4j.core.error.StorageException if that fails
   */
  public void complete() {
    file.delete();
  }

  /**
   * Stage 1: binary cross entropy on the image-level labels. Where there are validation images, the
   * weights of the best measurement are kept. Returns at once where a checkpoint has the result.
   *
   * @throws ModelException if PyTorch fails, such as for want of memory
   * @throws InterruptedException if the thread is interrupted
   */
  public Trained classifier(Progress progress) throws InterruptedException {
    Random random = new Random(settings.seed());
    Stage stage = networks.classifier(random);
    List<Float> losses = new ArrayList<>(reached.classifierLosses());
    EarlyStop earlyStop =
        new EarlyStop(settings.patience(), reached.validation(), reached.classifier());
    if (reached.isInSegmenter()) {
      return new Trained(stage, reached.classifier(), losses, earlyStop);
    }
    Order order = data.new Order(random, settings.generatedShare());
    data.skip(losses.size(), settings.batchSize(), order, random);
    Map<String, float[]> kept =
        train(
            ModelFolder.CLASSIFIER,
            stage,
            losses.size(),
            settings.classifierSteps(),
            () -> data.labelled(settings.batchSize(), order, random),
            new long[] {settings.batchSize(), classes},
            classifierCourse(stage, losses, earlyStop, progress));
    reached = checkpoint(losses, List.of(), earlyStop.curve(), Map.of(), Map.of(), kept);
    return new Trained(stage, kept, losses, earlyStop);
  }

  private Course classifierCourse(
      Stage stage, List<Float> losses, EarlyStop earlyStop, Progress progress) {
    return new Course() {
      @Override
      public void after(int step, float loss, GraphTrainer trainer) {
        losses.add(loss);
        boolean isLast = step == settings.classifierSteps();
        ValidationScore score = null;
        if (validation != null && (isLast || step % settings.validationEvery() == 0)) {
          OnnxModel model = trainer.model().cutTo(stage.writtenOutputs());
          score = new ValidationScore(step, validation.meanAveragePrecision(model.toByteArray()));
          earlyStop.add(score, trainer.weights());
        }
        // After the last step too, because pseudo masks may take longer than many steps.
        if (isDue(step) || (isSaving() && (isLast || isOver()))) {
          file.write(
              checkpoint(
                  losses,
                  List.of(),
                  earlyStop.curve(),
                  trainer.weights(),
                  trainer.memory(),
                  earlyStop.bestWeights()));
        }
        // Last, because it may end the training.
        progress.step(step, loss);
        if (score != null) {
          progress.validated(score);
        }
      }

      @Override
      public boolean isOver() {
        return earlyStop.isOver();
      }

      @Override
      public Map<String, float[]> kept(Map<String, float[]> last) {
        return earlyStop.best().isPresent() ? earlyStop.bestWeights() : last;
      }
    };
  }

  /**
   * Stage 2: cross entropy on the pseudo masks, void left out.
   *
   * @param masks of the sizes in which the images are kept, in the order of {@link
   *     TrainingSet#examples()}
   * @param classifier whose backbone the segmenter starts from
   * @throws ModelException if PyTorch fails, such as for want of memory
   * @throws InterruptedException if the thread is interrupted
   */
  public Trained segmenter(List<LabelMask> masks, Trained classifier, Progress progress)
      throws InterruptedException {
    Random random = new Random(~settings.seed());
    Stage stage = networks.segmenter(random, classifier.model);
    List<Float> losses = new ArrayList<>(reached.segmenterLosses());
    Order order = data.new Order(random, settings.generatedShare());
    data.skip(losses.size(), settings.batchSize(), order, random);
    int stride = networks.logitStride();
    int side = settings.cropSize() / stride;
    Map<String, float[]> trained =
        train(
            ModelFolder.SEGMENTER,
            stage,
            losses.size(),
            settings.segmenterSteps(),
            () -> data.masked(settings.batchSize(), order, random, masks, stride),
            new long[] {settings.batchSize(), 1 + classes, side, side},
            (step, loss, trainer) -> {
              losses.add(loss);
              if (isDue(step)) {
                file.write(
                    checkpoint(
                        classifier.losses,
                        losses,
                        classifier.validation,
                        trainer.weights(),
                        trainer.memory(),
                        classifier.weights));
              }
              progress.step(step, loss);
            });
    return new Trained(stage, trained, losses, new EarlyStop(0, List.of(), Map.of()));
  }

  private boolean isSaving() {
    return job.checkpointEvery() > 0;
  }

  private boolean isDue(int step) {
    return isSaving() && step % job.checkpointEvery() == 0;
  }

  private Checkpoint checkpoint(
      List<Float> classifierLosses,
      List<Float> segmenterLosses,
      List<ValidationScore> curve,
      Map<String, float[]> weights,
      Map<String, float[]> memory,
      Map<String, float[]> classifier) {
    return new Checkpoint(
        reached.configuration(),
        classifierLosses,
        segmenterLosses,
        curve,
        weights,
        memory,
        classifier);
  }

  private void requireFinite(String name, int step, float loss) {
    if (!Float.isFinite(loss)) {
      throw new ModelException(
          job.modelFolder().resolve(name),
          null,
          "training diverged: the loss of step "
              + step
              + " is "
              + loss
              + ". Use a smaller learning rate, learningRate or --learning-rate, than "
              + settings.learningRate()
              + ".",
          null);
    }
  }

  /**
   * Takes the steps that are left.
   *
   * @param done steps that a checkpoint saves
   * @return the weights that are kept
   */
  private Map<String, float[]> train(
      String name,
      Stage stage,
      int done,
      int steps,
      Supplier<Batch> source,
      long[] targetShape,
      Course course)
      throws InterruptedException {
    int size = settings.cropSize();
    long[] shape = {settings.batchSize(), 3, size, size};
    int step = done;
    try (Prefetch<Batch> batches = new Prefetch<>(source);
        GraphTrainer trainer =
            new GraphTrainer(
                PyTorch.engine(),
                stage.start().withValues(reached.weights()),
                stage.lossOutputs(),
                stage.groups(),
                stage.normalisation(),
                stage.shardSize())) {
      trainer.resume(done, reached.memory());
      reached = Checkpoint.start(reached.configuration()); // Its arrays are the trainer's now.
      for (step = done + 1; step <= steps && !course.isOver(); step++) {
        Batch batch = batches.next();
        float loss =
            trainer.step(
                new GraphTrainer.Batch(batch.images(), shape, batch.targets(), targetShape),
                stage.loss());
        requireFinite(name, step, loss);
        course.after(step, loss, trainer);
      }
      Map<String, float[]> kept = course.kept(trainer.weights());
      OnnxModel model = stage.start().withValues(kept);
      for (String output : stage.writtenOutputs()) {
        Gate.check(PyTorch.engine(), model, output, 1, 3, size, size);
      }
      return kept;
    } catch (EngineException e) {
      throw new ModelException(
          job.modelFolder().resolve(name),
          null,
          "training failed at step "
              + step
              + " of "
              + steps
              + ": PyTorch says: "
              + e.getMessage()
              + ". If it lacks memory, a smaller batchSize or cropSize needs less.",
          e);
    }
  }
}
