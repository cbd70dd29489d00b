package io.github.iaa4j.wsss.internal.training;

import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.Normalisation;
import io.github.iaa4j.wsss.internal.training.graph.ParameterGroup;
import io.github.iaa4j.wsss.internal.training.graph.Schedules;
import io.github.iaa4j.wsss.internal.training.graph.WeightUpdate;
import io.github.iaa4j.wsss.training.Optimizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The two small networks of {@link Architecture}, from random weights. */
final class DrawingNetworks implements Networks {

  /** About zero mean and unit variance. */
  private static final Normalization NORMALIZATION =
      new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f));

  private static final double BETA_2 = 0.99;
  private static final double MUON_MOMENTUM = 0.9;
  private static final double MUON_STEP = 16;

  /** Networks as small as these gain little from several threads within an operator. */
  private static final int SHARD_SIZE = 16;

  private final int classes;
  private final TrainingSettings settings;
  private final Path modelFolder;

  /**
   * @param classes without background
   * @param modelFolder for messages
   */
  DrawingNetworks(int classes, TrainingSettings settings, Path modelFolder) {
    this.classes = classes;
    this.settings = settings;
    this.modelFolder = modelFolder;
  }

  @Override
  public Normalization normalization() {
    return NORMALIZATION;
  }

  @Override
  public int inputStride() {
    return ModelFormat.STRIDE;
  }

  @Override
  public boolean isFixedInSize() {
    return false;
  }

  @Override
  public int logitStride() {
    return ModelFormat.LOGIT_STRIDE;
  }

  @Override
  public Stage classifier(Random random) {
    SmallNetwork network = Architecture.classifier(classes, random);
    return stage(
        network.model(modelFolder.resolve(ModelFolder.CLASSIFIER)),
        network.hiddenKernels(),
        List.of(Architecture.CAM_HEAD, Architecture.CLASSIFICATION_HEAD),
        List.of(ModelFormat.CLASS_MAPS, ModelFormat.PROBABILITIES),
        settings.classifierSteps(),
        (outputs, targets) ->
            Losses.binaryCrossEntropy(outputs.apply(Architecture.CAM_HEAD), targets)
                .add(
                    Losses.binaryCrossEntropy(
                        outputs.apply(Architecture.CLASSIFICATION_HEAD), targets)));
  }

  @Override
  public Stage segmenter(Random random, OnnxModel classifier) {
    SmallNetwork network = Architecture.segmenter(classes, random);
    OnnxModel start = network.model(modelFolder.resolve(ModelFolder.SEGMENTER));
    Map<String, float[]> backbone = new HashMap<>();
    for (String name : start.initializers().keySet()) {
      if (name.startsWith(Architecture.BACKBONE)) {
        backbone.put(name, classifier.values(name));
      }
    }
    return stage(
        start.withValues(backbone),
        network.hiddenKernels(),
        List.of(ModelFormat.LOGITS),
        List.of(ModelFormat.LOGITS),
        settings.segmenterSteps(),
        (outputs, targets) -> Losses.crossEntropy(outputs.apply(ModelFormat.LOGITS), targets));
  }

  private Stage stage(
      OnnxModel start,
      Set<String> hiddenKernels,
      List<String> lossOutputs,
      List<String> writtenOutputs,
      int steps,
      GraphTrainer.Loss loss) {
    Set<String> others = new HashSet<>(Parameter.names(Parameter.of(start, lossOutputs)));
    Optimizer optimizer = settings.optimizer();
    Tracker rate = Schedules.of(optimizer, settings.learningRate(), steps);
    List<ParameterGroup> groups = new ArrayList<>();
    if (optimizer.kind() == Optimizer.Kind.MUON) {
      others.removeAll(hiddenKernels);
      groups.add(
          new ParameterGroup(
              hiddenKernels, new WeightUpdate.Muon(MUON_MOMENTUM, MUON_STEP), rate, 0));
    }
    groups.add(
        new ParameterGroup(
            others, WeightUpdate.of(optimizer.kind(), BETA_2), rate, optimizer.weightDecay()));
    return new Stage(
        start, lossOutputs, writtenOutputs, groups, Normalisation.BATCH, SHARD_SIZE, loss);
  }
}
