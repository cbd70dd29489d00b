package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.EngineException;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.dataset.LabeledDataset;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.InputScaling;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Batch;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Order;
import io.github.iaa4j.wsss.internal.training.graph.Gate;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The training of the classifier, and that of the segmenter on its pseudo masks. All random numbers
 * come from the seed: the initial weights, the order of the images and their augmentation.
 */
public final class TwoStageTraining {

  /** Is told of every step, from 1 on. */
  public interface Progress {

    /**
     * @param loss of the step's batch, before the step
     */
    void step(int step, float loss);
  }

  /** A trained network. */
  public static final class Trained {

    private final OnnxModel model;
    private final byte[] onnx;

    private Trained(OnnxModel model, List<String> outputs) {
      this.model = model;
      this.onnx = model.cutTo(outputs).toByteArray();
    }

    /** The bytes of an ONNX model; not copied. */
    public byte[] onnx() {
      return onnx;
    }
  }

  private final TrainingSet data;
  private final Networks networks;
  private final int classes;
  private final TrainingSettings settings;
  private final Path modelFolder;

  private TwoStageTraining(
      TrainingSet data,
      Networks networks,
      int classes,
      TrainingSettings settings,
      Path modelFolder) {
    this.data = data;
    this.networks = networks;
    this.classes = classes;
    this.settings = settings;
    this.modelFolder = modelFolder;
  }

  /**
   * Prepares the networks and reads the images.
   *
   * @param backbone null for small networks from random weights
   * @param modelFolder for messages
   * @param checkpoint called between slices of images; may throw to end the reading
   * @throws ModelException if the backbone cannot be used
   * @throws ConfigurationException if the settings do not fit it, or it reads one size alone
   */
  public static TwoStageTraining prepare(
      LabeledDataset images,
      @Nullable BackboneSettings backbone,
      TrainingSettings settings,
      Path modelFolder,
      Runnable checkpoint) {
    int classes = images.classNames().size();
    Networks networks =
        backbone == null
            ? new DrawingNetworks(classes, settings, modelFolder)
            : new BackboneNetworks(PyTorch.engine(), backbone, classes, settings);
    if (backbone != null && networks.isFixedInSize()) {
      throw new ConfigurationException(
          backbone.file()
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
            networks.normalization());
    return new TwoStageTraining(
        new TrainingSet(images, crops, TrainingSet.usualMemory(), checkpoint),
        networks,
        classes,
        settings,
        modelFolder);
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
    return new InputScaling(settings.imageSize(), inputStride(), normalization());
  }

  /**
   * Stage 1: binary cross entropy on the image-level labels.
   *
   * @throws ModelException if PyTorch fails, such as for want of memory
   * @throws InterruptedException if the thread is interrupted
   */
  public Trained classifier(Progress progress) throws InterruptedException {
    Random random = new Random(settings.seed());
    Stage stage = networks.classifier(random);
    Order order = data.new Order(random, settings.generatedShare());
    OnnxModel trained =
        train(
            ModelFolder.CLASSIFIER,
            stage,
            settings.classifierSteps(),
            () -> data.labelled(settings.batchSize(), order, random),
            new long[] {settings.batchSize(), classes},
            progress);
    return new Trained(trained, stage.writtenOutputs());
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
    Order order = data.new Order(random, settings.generatedShare());
    int stride = networks.logitStride();
    int side = settings.cropSize() / stride;
    OnnxModel trained =
        train(
            ModelFolder.SEGMENTER,
            stage,
            settings.segmenterSteps(),
            () -> data.masked(settings.batchSize(), order, random, masks, stride),
            new long[] {settings.batchSize(), 1 + classes, side, side},
            progress);
    return new Trained(trained, stage.writtenOutputs());
  }

  private OnnxModel train(
      String file,
      Stage stage,
      int steps,
      Supplier<Batch> source,
      long[] targetShape,
      Progress progress)
      throws InterruptedException {
    int size = settings.cropSize();
    long[] shape = {settings.batchSize(), 3, size, size};
    int step = 0;
    try (Prefetch<Batch> batches = new Prefetch<>(source);
        GraphTrainer trainer =
            new GraphTrainer(
                PyTorch.engine(),
                stage.start(),
                stage.lossOutputs(),
                stage.groups(),
                stage.normalisation(),
                stage.shardSize())) {
      for (step = 1; step <= steps; step++) {
        Batch batch = batches.next();
        progress.step(
            step,
            trainer.step(
                new GraphTrainer.Batch(batch.images(), shape, batch.targets(), targetShape),
                stage.loss()));
      }
      OnnxModel model = trainer.model();
      for (String output : stage.writtenOutputs()) {
        Gate.check(PyTorch.engine(), model, output, 1, 3, size, size);
      }
      return model;
    } catch (EngineException e) {
      throw new ModelException(
          modelFolder.resolve(file),
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
