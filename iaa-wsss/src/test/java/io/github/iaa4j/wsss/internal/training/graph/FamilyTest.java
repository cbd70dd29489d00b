package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import ai.djl.training.tracker.Tracker;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.Heads;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.PyTorch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/** Each family of backbones computes, learns and is written as in PyTorch and ONNX Runtime. */
@ParameterizedClass
@ValueSource(
    strings = {
      "resnet-basic",
      "resnet-bottleneck",
      "efficientnet-lite",
      "efficientnet",
      "mobilenet-v2",
      "mobilenet-v3",
      "convnext",
      "vit",
      "vit-registers",
      "deit-distilled",
      "dinov2",
      "dinov2-dynamic",
      "dinov2-registers",
      "clip"
    })
class FamilyTest {

  private static final int STEPS = 20;

  private final String family;
  private final JsonObject golden;
  private final PreparedBackbone backbone;
  private final OnnxModel model;
  private final int size;
  private final long[] shape;
  private final long[] featureShape;

  FamilyTest(String family) {
    this.family = family;
    this.golden = Goldens.record(family);
    this.size = golden.get("size").getAsInt();
    this.shape = new long[] {Goldens.BATCH, 3, size, size};
    this.backbone = PreparedBackbone.of(settings(0), size, size);
    JsonArray dimensions = golden.getAsJsonArray("featureShape");
    this.featureShape = new long[4];
    for (int i = 0; i < 4; i++) {
      featureShape[i] = dimensions.get(i).getAsLong();
    }
    this.model =
        Heads.classifier(
            backbone.model(),
            PreparedBackbone.FEATURES,
            "head",
            "logits",
            "probabilities",
            Goldens.headWeight((int) featureShape[1]),
            Goldens.CLASSES);
  }

  private BackboneSettings settings(int outputStride) {
    return new BackboneSettings(
        Goldens.file(family + ".onnx"),
        null,
        null,
        null,
        null,
        null,
        outputStride,
        List.of(),
        0,
        true);
  }

  private GraphTrainer trainer(WeightUpdate update, Tracker rate, double decay, int shardSize) {
    Set<String> names = Parameter.names(Parameter.of(model, List.of("logits")));
    return new GraphTrainer(
        engine(),
        model,
        List.of("logits"),
        List.of(new ParameterGroup(names, update, rate, decay)),
        Normalisation.FROZEN,
        shardSize);
  }

  private static Engine engine() {
    PyTorch.load();
    return Engine.getEngine("PyTorch");
  }

  /** PyTorch's multilabel_soft_margin_loss. */
  private static NDArray loss(Function<String, NDArray> outputs, NDArray targets) {
    NDArray logits = outputs.apply("logits");
    return Activation.softPlus(logits).sub(logits.mul(targets)).mean();
  }

  private GraphTrainer.Batch batch(int seed) {
    return new GraphTrainer.Batch(
        images(seed), shape, Goldens.targets(seed), new long[] {Goldens.BATCH, Goldens.CLASSES});
  }

  private static double largestGradient(JsonObject gradients) {
    return gradients.entrySet().stream()
        .mapToDouble(
            entry -> {
              double largest = 0;
              for (JsonElement each : entry.getValue().getAsJsonObject().getAsJsonArray("values")) {
                largest = Math.max(largest, Math.abs(each.getAsDouble()));
              }
              return largest;
            })
        .max()
        .orElseThrow();
  }

  private float[] images(int seed) {
    return Goldens.pattern(Goldens.BATCH * 3 * size * size, seed);
  }

  @Test
  void featuresAreThoseOfPyTorch() {
    double error =
        Goldens.error(features(backbone, images(0), shape), golden.getAsJsonObject("features"));
    assertThat(error).isLessThan(1e-5);
  }

  private static float[] features(PreparedBackbone backbone, float[] images, long... shape) {
    try (GraphTrainer trainer =
        new GraphTrainer(
            engine(),
            backbone.model(),
            List.of(PreparedBackbone.FEATURES),
            List.of(),
            Normalisation.FROZEN,
            2)) {
      return trainer.predict(images, shape).get(PreparedBackbone.FEATURES);
    }
  }

  @Test
  void theGateAdmitsTheFileAndTellsTheShapeOfItsFeatures() {
    assertThat(Gate.check(engine(), backbone.model(), PreparedBackbone.FEATURES, shape))
        .isEqualTo(featureShape);
  }

  @Test
  void aFinerOutputStrideIsThatOfPyTorch() {
    for (int stride : new int[] {16, 8}) {
      JsonObject expected = golden.getAsJsonObject("stride" + stride);
      assumeThat(expected).isNotNull();
      PreparedBackbone dilated = PreparedBackbone.of(settings(stride), size, size);
      double error = Goldens.error(features(dilated, images(0), shape), expected);
      assertThat(error).isLessThan(1e-5);
      assertThat(Gate.check(engine(), dilated.model(), PreparedBackbone.FEATURES, shape)[2])
          .isEqualTo(size / stride);
    }
  }

  @Test
  void aPositionTableIsInterpolatedAsInPyTorch() {
    JsonArray sizes = golden.getAsJsonArray("resized");
    assumeThat(sizes).isNotNull();
    for (JsonElement each : sizes) {
      JsonObject expected = each.getAsJsonObject();
      int other = expected.get("size").getAsInt();
      PreparedBackbone resized = PreparedBackbone.of(settings(0), other, other);
      float[] images = Goldens.pattern(Goldens.BATCH * 3 * other * other, 0);
      double error =
          Goldens.error(features(resized, images, Goldens.BATCH, 3, other, other), expected);
      assertThat(error).isLessThan(1e-5);
    }
  }

  @Test
  void gradientsAreThoseOfPyTorch() {
    JsonObject expected = golden.getAsJsonObject("gradients");
    // One step of plain descent leaves the gradient in the weights.
    try (GraphTrainer trainer = trainer(new WeightUpdate.Sgd(0), Tracker.fixed(0), 0, 4)) {
      trainer.step(batch(0), FamilyTest::loss);
      Map<String, float[]> gradients = trainer.memory();
      List<String> missing = new ArrayList<>();
      double worst = 0;
      String worstName = "";
      // A bias before a softmax has no gradient but rounding.
      double floor = 1e-3 * largestGradient(expected);
      for (String name : expected.keySet()) {
        float[] found = gradients.get(name + "#0");
        if (found == null) {
          missing.add(name);
          continue;
        }
        double error = Goldens.error(found, expected.getAsJsonObject(name), floor);
        if (error > worst) {
          worst = error;
          worstName = name;
        }
      }
      assertThat(missing).isEmpty();
      assertThat(worst).as(worstName).isLessThan(1e-4);
    }
  }

  @Test
  void twentyStepsAreThoseOfPyTorchAndTheWrittenFileComputesThem() {
    boolean isSgd = golden.get("optimiser").getAsString().equals("sgd");
    double rate = isSgd ? 0.05 : 2e-3;
    WeightUpdate update = isSgd ? new WeightUpdate.Sgd(0.9) : new WeightUpdate.AdamW(0.9, 0.999);
    try (GraphTrainer trainer =
        trainer(update, Schedules.poly(rate, STEPS, 0.9), isSgd ? 1e-4 : 0.05, 4)) {
      double worst = 0;
      JsonArray losses = golden.getAsJsonArray("losses");
      for (int step = 0; step < STEPS; step++) {
        float value = trainer.step(batch(step), FamilyTest::loss);
        double expected = losses.get(step).getAsDouble();
        worst = Math.max(worst, Math.abs(value - expected) / expected);
      }
      OnnxModel written = trainer.model();
      Map<String, float[]> runtime =
          Goldens.onnxRuntime(written, images(0), shape, List.of("head", "logits"));
      double end = Goldens.error(runtime.get("head"), golden.getAsJsonObject("trained"));
      double between =
          Goldens.error(trainer.predict(images(0), shape).get("logits"), runtime.get("logits"));
      assertThat(worst).isLessThan(1e-3);
      assertThat(between).isLessThan(1e-4);
      assertThat(end).isLessThan(1e-2);
    }
  }
}
