package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.onnx.Heads;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.graph.FineTuning;
import io.github.iaa4j.wsss.internal.training.graph.Gate;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.Normalisation;
import io.github.iaa4j.wsss.internal.training.graph.PreparedBackbone;
import io.github.iaa4j.wsss.internal.training.graph.Schedules;
import io.github.iaa4j.wsss.internal.training.graph.WeightUpdate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

/**
 * The classifier on a pretrained backbone: a class map for each class behind the feature map, whose
 * means are trained with PyTorch's {@code multilabel_soft_margin_loss}.
 */
public final class BackboneTraining implements AutoCloseable {

  /**
   * How it is trained.
   *
   * @param update of the optimiser
   * @param backboneRate the backbone's learning rate, at its peak
   * @param headRate the head's, at its peak
   * @param weightDecay of weights
   * @param schedule how both fall
   * @param warmUpSteps in which both rise first; 0 for none
   * @param steps of the whole training
   * @param shardSize images that one thread takes at a time
   * @param seed of the head's weights
   */
  public record Options(
      WeightUpdate update,
      double backboneRate,
      double headRate,
      double weightDecay,
      Schedule schedule,
      int warmUpSteps,
      int steps,
      int shardSize,
      long seed) {

    private Tracker rate(double peak) {
      int falling = steps - warmUpSteps;
      Tracker falls =
          schedule == Schedule.POLY
              ? Schedules.poly(peak, falling, POWER)
              : Schedules.cosine(peak, falling);
      return warmUpSteps == 0 ? falls : Schedules.afterWarmUp(falls, warmUpSteps);
    }
  }

  /** How a learning rate falls to 0. */
  public enum Schedule {
    /** As the power 0.9 of what is left. */
    POLY,
    /** As half a cosine. */
    COSINE
  }

  private static final double POWER = 0.9;
  private static final double HEAD_DEVIATION = 0.01;
  private static final String LOGITS = "classLogits";

  /** Images of the batches that are compared with ONNX Runtime. */
  private static final int COMPARED = 2;

  private final Engine engine;
  private final long[] compared;
  private final GraphTrainer trainer;

  /**
   * Compares the backbone with ONNX Runtime, and puts the head behind it.
   *
   * @param height of the images in pixels
   * @param width of the images in pixels
   * @throws io.github.iaa4j.core.error.ModelException if the two differ, or an operator is not
   *     known
   */
  public BackboneTraining(
      PreparedBackbone backbone, int classes, int height, int width, Options options) {
    engine = PyTorch.engine();
    compared = new long[] {COMPARED, 3, height, width};
    long[] features =
        Gate.check(engine, backbone.model(), PreparedBackbone.FEATURES, compared.clone());
    OnnxModel model =
        Heads.classifier(
            backbone.model(),
            PreparedBackbone.FEATURES,
            ModelFormat.CLASS_MAPS,
            LOGITS,
            ModelFormat.PROBABILITIES,
            weights(classes * (int) features[1], options.seed()),
            classes);
    List<Parameter> head = new ArrayList<>(Parameter.of(model, List.of(LOGITS)));
    Set<String> known = Parameter.names(backbone.trained());
    known.addAll(Parameter.names(backbone.frozen()));
    head.removeIf(parameter -> known.contains(parameter.name()));
    List<Parameter> trained = new ArrayList<>(backbone.trained());
    trained.addAll(head);
    trainer =
        new GraphTrainer(
            engine,
            model,
            List.of(LOGITS),
            FineTuning.groups(
                trained,
                Parameter.names(head),
                options.update(),
                options.rate(options.backboneRate()),
                options.rate(options.headRate()),
                options.weightDecay()),
            Normalisation.FROZEN,
            options.shardSize());
  }

  private static float[] weights(int count, long seed) {
    Random random = new Random(seed);
    float[] weights = new float[count];
    for (int i = 0; i < count; i++) {
      weights[i] = (float) (random.nextGaussian() * HEAD_DEVIATION);
    }
    return weights;
  }

  /**
   * One step.
   *
   * @param batch whose targets are {@code [B, classes]}, 0 or 1
   * @return the loss before it
   */
  public float step(GraphTrainer.Batch batch) {
    return trainer.step(batch, BackboneTraining::loss);
  }

  private static NDArray loss(Function<String, NDArray> outputs, NDArray targets) {
    NDArray logits = outputs.apply(LOGITS);
    return Activation.softPlus(logits).sub(logits.mul(targets)).mean();
  }

  /** The trainer, whose memory is saved and restored. */
  public GraphTrainer trainer() {
    return trainer;
  }

  /**
   * The file: the backbone with its new weights, {@code classMaps} and {@code probabilities}.
   *
   * @throws io.github.iaa4j.core.error.ModelException if ONNX Runtime computes something else from
   *     it than the training
   */
  public OnnxModel trained() {
    OnnxModel model =
        trainer.model().cutTo(List.of(ModelFormat.CLASS_MAPS, ModelFormat.PROBABILITIES));
    Gate.check(engine, model, ModelFormat.PROBABILITIES, compared.clone());
    return model;
  }

  @Override
  public void close() {
    trainer.close();
  }
}
