package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Batch;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Order;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.Normalisation;
import io.github.iaa4j.wsss.internal.training.graph.ParameterGroup;
import io.github.iaa4j.wsss.internal.training.graph.Schedules;
import io.github.iaa4j.wsss.internal.training.graph.WeightUpdate;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Supplier;

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

  private static final double WARM_UP = 0.1;
  private static final double WEIGHT_DECAY = 0.02;
  private static final double BETA_1 = 0.9;
  private static final double BETA_2 = 0.99;
  private static final double MUON_MOMENTUM = 0.9;
  private static final double MUON_STEP = 16;

  /** Networks as small as these gain little from several threads within an operator. */
  private static final int SHARD_SIZE = 16;

  private final TrainingSet data;
  private final int classes;
  private final TrainingSettings settings;
  private final Path modelFolder;

  /**
   * @param classes without background
   * @param modelFolder for messages
   */
  public TwoStageTraining(
      TrainingSet data, int classes, TrainingSettings settings, Path modelFolder) {
    this.data = data;
    this.classes = classes;
    this.settings = settings;
    this.modelFolder = modelFolder;
  }

  /**
   * Stage 1: binary cross entropy of both heads on the image-level labels.
   *
   * @throws ModelException if PyTorch fails, such as for want of memory
   */
  public Trained classifier(Progress progress) {
    Random random = new Random(settings.seed());
    SmallNetwork network = Architecture.classifier(classes, random);
    Order order = data.new Order(random, settings.generatedShare());
    OnnxModel trained =
        train(
            ModelFolder.CLASSIFIER,
            network.model(modelFolder.resolve(ModelFolder.CLASSIFIER)),
            List.of(Architecture.CAM_HEAD, Architecture.CLASSIFICATION_HEAD),
            network.hiddenKernels(),
            settings.classifierSteps(),
            () -> data.labelled(settings.batchSize(), order, random),
            new long[] {settings.batchSize(), classes},
            (outputs, targets) ->
                binaryCrossEntropy(outputs.apply(Architecture.CAM_HEAD), targets)
                    .add(
                        binaryCrossEntropy(
                            outputs.apply(Architecture.CLASSIFICATION_HEAD), targets)),
            progress);
    return new Trained(trained, List.of(ModelFormat.CLASS_MAPS, ModelFormat.PROBABILITIES));
  }

  /**
   * Stage 2: cross entropy on the pseudo masks, void left out.
   *
   * @param masks of the training size, in the order of {@link TrainingSet#examples()}
   * @param classifier whose backbone the segmenter starts from
   * @throws ModelException if PyTorch fails, such as for want of memory
   */
  public Trained segmenter(List<LabelMask> masks, Trained classifier, Progress progress) {
    Random random = new Random(~settings.seed());
    SmallNetwork network = Architecture.segmenter(classes, random);
    OnnxModel start = network.model(modelFolder.resolve(ModelFolder.SEGMENTER));
    Map<String, float[]> backbone = new HashMap<>();
    for (String name : start.initializers().keySet()) {
      if (name.startsWith(Architecture.BACKBONE)) {
        backbone.put(name, classifier.model.values(name));
      }
    }
    Order order = data.new Order(random, settings.generatedShare());
    int side = settings.imageSize() / ModelFormat.LOGIT_STRIDE;
    OnnxModel trained =
        train(
            ModelFolder.SEGMENTER,
            start.withValues(backbone),
            List.of(ModelFormat.LOGITS),
            network.hiddenKernels(),
            settings.segmenterSteps(),
            () -> data.masked(settings.batchSize(), order, random, masks),
            new long[] {settings.batchSize(), 1 + classes, side, side},
            (outputs, targets) -> crossEntropy(outputs.apply(ModelFormat.LOGITS), targets),
            progress);
    return new Trained(trained, List.of(ModelFormat.LOGITS));
  }

  private OnnxModel train(
      String file,
      OnnxModel start,
      List<String> outputs,
      Set<String> hiddenKernels,
      int steps,
      Supplier<Batch> batches,
      long[] targetShape,
      GraphTrainer.Loss loss,
      Progress progress) {
    int size = settings.imageSize();
    long[] shape = {settings.batchSize(), 3, size, size};
    int step = 0;
    try (GraphTrainer trainer =
        new GraphTrainer(
            PyTorch.engine(),
            start,
            outputs,
            groups(start, outputs, hiddenKernels, steps),
            Normalisation.BATCH,
            SHARD_SIZE)) {
      for (step = 1; step <= steps; step++) {
        Batch batch = batches.get();
        progress.step(
            step,
            trainer.step(
                new GraphTrainer.Batch(batch.images(), shape, batch.targets(), targetShape), loss));
      }
      return trainer.model();
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
              + ". If it lacks memory, a smaller batchSize or imageSize needs less.",
          e);
    }
  }

  private List<ParameterGroup> groups(
      OnnxModel model, List<String> outputs, Set<String> hiddenKernels, int steps) {
    Set<String> others = new HashSet<>(Parameter.names(Parameter.of(model, outputs)));
    others.removeAll(hiddenKernels);
    Tracker rate = Schedules.warmCosine(settings.learningRate(), steps, WARM_UP);
    return List.of(
        new ParameterGroup(hiddenKernels, new WeightUpdate.Muon(MUON_MOMENTUM, MUON_STEP), rate, 0),
        new ParameterGroup(others, new WeightUpdate.AdamW(BETA_1, BETA_2), rate, WEIGHT_DECAY));
  }

  /** The mean of softplus(x) - x * y, which is the cross entropy of sigmoid(x). */
  private static NDArray binaryCrossEntropy(NDArray scores, NDArray targets) {
    return Activation.softPlus(scores).sub(scores.mul(targets)).mean();
  }

  private static NDArray crossEntropy(NDArray logits, NDArray targets) {
    NDArray counted = targets.sum().maximum(1);
    return logits.logSoftmax(1).mul(targets).sum().div(counted).neg();
  }
}
