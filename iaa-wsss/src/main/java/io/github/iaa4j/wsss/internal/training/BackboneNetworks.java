package io.github.iaa4j.wsss.internal.training;

import ai.djl.engine.Engine;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.Decoder;
import io.github.iaa4j.wsss.internal.onnx.Decoder.FeatureMap;
import io.github.iaa4j.wsss.internal.onnx.Heads;
import io.github.iaa4j.wsss.internal.onnx.LayerParts;
import io.github.iaa4j.wsss.internal.onnx.LowLevelFeatures;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.graph.FineTuning;
import io.github.iaa4j.wsss.internal.training.graph.Gate;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.Normalisation;
import io.github.iaa4j.wsss.internal.training.graph.ParameterGroup;
import io.github.iaa4j.wsss.internal.training.graph.PreparedBackbone;
import io.github.iaa4j.wsss.internal.training.graph.Schedules;
import io.github.iaa4j.wsss.internal.training.graph.WeightUpdate;
import io.github.iaa4j.wsss.training.Optimizer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Two networks on a user's backbone: a classifier whose class maps are a 1x1 convolution of the
 * feature map, and a segmenter with an atrous decoder (Chen et al., <em>Encoder-Decoder with Atrous
 * Separable Convolution</em>, ECCV 2018). Batch normalisation keeps its running statistics.
 */
final class BackboneNetworks implements Networks {

  private static final Logger LOG = LoggerFactory.getLogger(BackboneNetworks.class);

  private static final String LOGITS = "classLogits";
  private static final double HEAD_DEVIATION = 0.01;
  private static final double BETA_2 = 0.999;

  /** Fixed, so that the sums of gradients are the same on any number of processors. */
  private static final int SHARD_SIZE = 4;

  private final int classes;
  private final TrainingSettings settings;
  private final PreparedBackbone backbone;

  /** With the input's name that model folders use. */
  private final OnnxModel model;

  private final FeatureMap features;
  private final int stride;

  /** The map of the segmenter's skip, null where the backbone has none. */
  private final @Nullable FeatureMap lowLevel;

  /**
   * Reads the backbone and compares it with ONNX Runtime.
   *
   * @param classes without background
   * @throws ModelException if the file cannot be used
   * @throws ConfigurationException if the settings do not fit the file
   */
  BackboneNetworks(Engine engine, BackboneSettings file, int classes, TrainingSettings settings) {
    int size = settings.cropSize();
    this.classes = classes;
    this.settings = settings;
    this.backbone = PreparedBackbone.of(file, size, size);
    long[] shape =
        Gate.check(engine, backbone.model(), PreparedBackbone.FEATURES, 1, 3, size, size);
    if (shape.length != 4) {
      throw new ModelException(
          file.file(),
          PreparedBackbone.FEATURES,
          "the value that is named as the feature map has the shape "
              + Arrays.toString(shape)
              + " for one image, but must have [1, channels, height, width]. Name the last value"
              + " before the pooling; that of a vision transformer, [1, tokens, channels], needs"
              + " tokens(prefix, patch) too.",
          null);
    }
    this.model = renamed(backbone.model());
    this.features = new FeatureMap(PreparedBackbone.FEATURES, (int) shape[1]);
    this.stride = (int) (size / shape[2]);
    if (size % stride != 0) {
      throw new ConfigurationException(
          "cropSize is "
              + size
              + ", but must be a multiple of "
              + stride
              + ", the output stride of "
              + file.file());
    }
    this.lowLevel = lowLevel(engine, backbone.model(), size);
  }

  private static @Nullable FeatureMap lowLevel(Engine engine, OnnxModel model, int size) {
    String name = LowLevelFeatures.find(model, PreparedBackbone.FEATURES).orElse(null);
    if (name == null) {
      LOG.info(
          "{}: no map at stride 4 for the segmenter's decoder, which does without", model.file());
      return null;
    }
    long[] shape = Gate.check(engine, model, name, 1, 3, size, size);
    // Strides are counted from the graph, which other layouts and borders can belie.
    long side = size / LowLevelFeatures.STRIDE;
    if (shape.length != 4 || shape[2] != side || shape[3] != side) {
      LOG.warn(
          "{}: {} has the shape {} where the segmenter's decoder looks for a map at stride 4, so it"
              + " does without",
          model.file(),
          name,
          shape);
      return null;
    }
    LOG.info("{}: the segmenter's decoder reads {}", model.file(), name);
    return new FeatureMap(name, (int) shape[1]);
  }

  @Override
  public Normalization normalization() {
    return backbone.normalization();
  }

  @Override
  public int inputStride() {
    return stride;
  }

  @Override
  public boolean isFixedInSize() {
    return backbone.isFixedInSize();
  }

  @Override
  public int logitStride() {
    return lowLevel == null ? stride / Decoder.factor(stride) : LowLevelFeatures.STRIDE;
  }

  @Override
  public Stage classifier(Random random) {
    OnnxModel model =
        Heads.classifier(
            this.model,
            PreparedBackbone.FEATURES,
            ModelFormat.CLASS_MAPS,
            LOGITS,
            ModelFormat.PROBABILITIES,
            LayerParts.normal(random, classes * features.channels(), HEAD_DEVIATION),
            classes);
    return stage(
        model,
        // The maps of the field have no bias: it would lift a class's map everywhere.
        Set.of(ModelFormat.CLASS_MAPS + ".weight"),
        List.of(LOGITS),
        List.of(ModelFormat.CLASS_MAPS, ModelFormat.PROBABILITIES),
        settings.classifierSteps(),
        (outputs, targets) -> Losses.binaryCrossEntropy(outputs.apply(LOGITS), targets));
  }

  @Override
  public Stage segmenter(Random random, OnnxModel classifier) {
    Map<String, float[]> trained = new HashMap<>();
    for (Parameter parameter : backbone.trained()) {
      trained.put(parameter.name(), classifier.values(parameter.name()));
    }
    OnnxModel start = this.model.withValues(trained);
    String logits = ModelFormat.LOGITS;
    OnnxModel model =
        lowLevel == null
            ? Decoder.enlarging(
                start, features, Decoder.factor(stride), logits, 1 + classes, random)
            : Decoder.withSkip(start, features, lowLevel, logits, 1 + classes, random);
    Set<String> head =
        new HashSet<>(Parameter.names(Parameter.of(model, List.of(ModelFormat.LOGITS))));
    head.removeAll(Parameter.names(backbone.trained()));
    head.removeAll(Parameter.names(backbone.frozen()));
    return stage(
        model,
        head,
        List.of(ModelFormat.LOGITS),
        List.of(ModelFormat.LOGITS),
        settings.segmenterSteps(),
        (outputs, targets) -> Losses.crossEntropy(outputs.apply(ModelFormat.LOGITS), targets));
  }

  /** The images' input has the name that model folders use. */
  private static OnnxModel renamed(OnnxModel model) {
    String old = model.imageInput();
    return model.edited(
        graph -> {
          graph.getInputBuilderList().stream()
              .filter(input -> input.getName().equals(old))
              .forEach(input -> input.setName(ModelFormat.INPUT));
          graph
              .getNodeBuilderList()
              .forEach(
                  node -> {
                    for (int i = 0; i < node.getInputCount(); i++) {
                      if (node.getInput(i).equals(old)) {
                        node.setInput(i, ModelFormat.INPUT);
                      }
                    }
                  });
        });
  }

  private Stage stage(
      OnnxModel start,
      Set<String> head,
      List<String> lossOutputs,
      List<String> writtenOutputs,
      int steps,
      GraphTrainer.Loss loss) {
    Optimizer optimizer = settings.optimizer();
    Tracker rate = Schedules.of(optimizer, settings.learningRate(), steps);
    Tracker headRate =
        Schedules.of(optimizer, settings.learningRate() * settings.headRateFactor(), steps);
    Set<String> trained = new HashSet<>(Parameter.names(backbone.trained()));
    trained.addAll(head);
    List<ParameterGroup> groups =
        FineTuning.groups(
            Parameter.of(start, lossOutputs).stream()
                .filter(parameter -> trained.contains(parameter.name()))
                .toList(),
            head,
            WeightUpdate.of(optimizer.kind(), BETA_2),
            rate,
            headRate,
            optimizer.weightDecay());
    return new Stage(
        start, lossOutputs, writtenOutputs, groups, Normalisation.FROZEN, SHARD_SIZE, loss);
  }
}
