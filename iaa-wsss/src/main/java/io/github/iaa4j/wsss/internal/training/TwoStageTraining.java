package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Batch;
import io.github.iaa4j.wsss.internal.training.TrainingSet.Order;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
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

  /** A trained network: its weights, and the bytes of its model file. */
  public static final class Trained {

    private final Weights weights;
    private final byte[] onnx;

    private Trained(Network network, Weights weights) {
      this.weights = weights;
      this.onnx = OnnxExport.bytes(network, weights);
    }

    /** The bytes of an ONNX model; not copied. */
    public byte[] onnx() {
      return onnx;
    }
  }

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
    Network network = Architecture.classifier(classes, true);
    Random random = new Random(settings.seed());
    Weights start = network.initialWeights(random);
    Order order = data.new Order(random, settings.generatedShare());
    Weights trained =
        train(
            ModelFolder.CLASSIFIER,
            network,
            start,
            settings.classifierSteps(),
            () -> data.labelled(settings.batchSize(), order, random),
            new Shape(classes),
            (outputs, targets) ->
                binaryCrossEntropy(outputs.apply(Architecture.CAM_HEAD), targets)
                    .add(
                        binaryCrossEntropy(
                            outputs.apply(Architecture.CLASSIFICATION_HEAD), targets)),
            progress);
    return new Trained(Architecture.classifier(classes, false), trained);
  }

  /**
   * Stage 2: cross entropy on the pseudo masks, void left out.
   *
   * @param masks of the training size, in the order of {@link TrainingSet#examples()}
   * @param classifier whose backbone the segmenter starts from
   * @throws ModelException if PyTorch fails, such as for want of memory
   */
  public Trained segmenter(List<LabelMask> masks, Trained classifier, Progress progress) {
    Network network = Architecture.segmenter(classes);
    Random random = new Random(~settings.seed());
    Weights start =
        network.startingWith(
            Architecture.classifier(classes, true),
            classifier.weights,
            network.initialWeights(random));
    Order order = data.new Order(random, settings.generatedShare());
    int side = settings.imageSize() / ModelFormat.LOGIT_STRIDE;
    Weights trained =
        train(
            ModelFolder.SEGMENTER,
            network,
            start,
            settings.segmenterSteps(),
            () -> data.masked(settings.batchSize(), order, random, masks),
            new Shape(1 + classes, side, side),
            (outputs, targets) -> crossEntropy(outputs.apply(ModelFormat.LOGITS), targets),
            progress);
    return new Trained(network, trained);
  }

  private Weights train(
      String file,
      Network network,
      Weights start,
      int steps,
      Supplier<Batch> batches,
      Shape targetShape,
      Trainer.Loss loss,
      Progress progress) {
    Shape imageShape = new Shape(3, settings.imageSize(), settings.imageSize());
    int step = 0;
    try (Trainer trainer =
        new Trainer(network, start, settings.batchSize(), steps, settings.learningRate())) {
      for (step = 1; step <= steps; step++) {
        progress.step(step, trainer.step(batches.get(), imageShape, targetShape, loss));
      }
      return trainer.weights();
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

  /** The mean of softplus(x) - x * y, which is the cross entropy of sigmoid(x). */
  private static NDArray binaryCrossEntropy(NDArray scores, NDArray targets) {
    return Activation.softPlus(scores).sub(scores.mul(targets)).mean();
  }

  private static NDArray crossEntropy(NDArray logits, NDArray targets) {
    NDArray counted = targets.sum().maximum(1);
    return logits.logSoftmax(1).mul(targets).sum().div(counted).neg();
  }
}
