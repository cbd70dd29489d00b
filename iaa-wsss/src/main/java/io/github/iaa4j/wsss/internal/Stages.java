package io.github.iaa4j.wsss.internal;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import io.github.iaa4j.core.dataset.LabelMask;
import io.github.iaa4j.wsss.internal.TrainingSet.Batch;
import io.github.iaa4j.wsss.internal.TrainingSet.Order;
import java.util.List;
import java.util.Random;

/**
 * The two trainings. All chance comes from the seed: the first weights, the order of the images and
 * their augmentation.
 */
public final class Stages {

  /** Hears of every step, from 1 on. */
  public interface Progress {
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
  private final int size;
  private final int batchSize;
  private final double learningRate;
  private final double generatedShare;
  private final long seed;

  /** The settings that both stages share. */
  public Stages(
      TrainingSet data,
      int classes,
      int size,
      int batchSize,
      double learningRate,
      double generatedShare,
      long seed) {
    this.data = data;
    this.classes = classes;
    this.size = size;
    this.batchSize = batchSize;
    this.learningRate = learningRate;
    this.generatedShare = generatedShare;
    this.seed = seed;
  }

  /** Stage 1: binary cross entropy of both heads on the image-level labels. */
  public Trained classifier(int steps, Progress progress) {
    Network network = Architecture.classifier(classes, true);
    Random random = new Random(seed);
    Weights start = network.initialWeights(random);
    Order order = data.new Order(random, generatedShare);
    Shape targetShape = new Shape(classes);
    try (Trainer trainer = new Trainer(network, start, batchSize, steps, learningRate)) {
      for (int step = 1; step <= steps; step++) {
        Batch batch = data.labelled(batchSize, order, random);
        float loss =
            trainer.step(
                batch,
                imageShape(),
                targetShape,
                (outputs, targets) ->
                    binaryCrossEntropy(outputs.apply(Architecture.CAM_SCORES), targets)
                        .add(
                            binaryCrossEntropy(outputs.apply(Architecture.JUDGE_SCORES), targets)));
        progress.step(step, loss);
      }
      return new Trained(Architecture.classifier(classes, false), trainer.weights());
    }
  }

  /**
   * Stage 2: cross entropy on the pseudo masks, void left out.
   *
   * @param masks of the training size, in the order of {@link TrainingSet#examples()}
   * @param classifier whose body the segmenter starts from
   */
  public Trained segmenter(
      int steps, List<LabelMask> masks, Trained classifier, Progress progress) {
    Network network = Architecture.segmenter(classes);
    Random random = new Random(~seed);
    Weights start =
        network.startingWith(
            Architecture.classifier(classes, true),
            classifier.weights,
            network.initialWeights(random));
    Order order = data.new Order(random, generatedShare);
    int side = size / Architecture.LOGIT_STRIDE;
    Shape targetShape = new Shape(1 + classes, side, side);
    try (Trainer trainer = new Trainer(network, start, batchSize, steps, learningRate)) {
      for (int step = 1; step <= steps; step++) {
        Batch batch = data.masked(batchSize, order, random, masks);
        float loss =
            trainer.step(
                batch,
                imageShape(),
                targetShape,
                (outputs, targets) -> crossEntropy(outputs.apply(Architecture.LOGITS), targets));
        progress.step(step, loss);
      }
      return new Trained(network, trainer.weights());
    }
  }

  private Shape imageShape() {
    return new Shape(3, size, size);
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
