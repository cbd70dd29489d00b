package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.training.PyTorch;
import io.github.iaa4j.wsss.internal.training.graph.OperatorGraphs.Case;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each operator computes what ONNX Runtime computes, and its gradient is the slope of that. */
class OperatorTest {

  private static final float STEP = 4e-3f;

  private static Engine engine;

  @BeforeAll
  static void load() {
    PyTorch.load();
    engine = Engine.getEngine("PyTorch");
  }

  static List<Case> cases() {
    return OperatorCases.all();
  }

  private static GraphTrainer trainer(OnnxModel model) {
    return new GraphTrainer(
        engine,
        model,
        List.of("output"),
        List.of(new ParameterGroup(Set.of("w"), new WeightUpdate.Sgd(0), Tracker.fixed(0), 0)),
        Normalisation.FROZEN,
        2);
  }

  private static float[] images() {
    return Goldens.pattern(HostTensor.size(OperatorGraphs.SHAPE), 1);
  }

  private static float[] runtime(OnnxModel model) {
    return Goldens.onnxRuntime(model, images(), OperatorGraphs.SHAPE, List.of("output"))
        .get("output");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void valuesAreThoseOfOnnxRuntime(Case each) {
    try (GraphTrainer trainer = trainer(each.model())) {
      float[] found = trainer.predict(images(), OperatorGraphs.SHAPE).get("output");
      assertThat(Goldens.error(found, runtime(each.model()))).isLessThan(2e-6);
    }
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theGradientIsTheSlopeOfOnnxRuntime(Case each) {
    float[] weights = each.model().values("w");
    float[] factors = Goldens.pattern(runtime(each.model()).length, 7);
    try (GraphTrainer trainer = trainer(each.model())) {
      trainer.step(
          new GraphTrainer.Batch(
              images(), OperatorGraphs.SHAPE, new float[2], new long[] {OperatorGraphs.SHAPE[0]}),
          (outputs, targets) -> {
            NDArray output = outputs.apply("output").flatten();
            NDArray weighted =
                output.getManager().create(factors, new Shape(factors.length)).duplicate();
            return output.mul(weighted).sum();
          });
      float[] gradient = trainer.memory().get("w#0");
      double largest = 0;
      for (float value : gradient) {
        largest = Math.max(largest, Math.abs(value));
      }
      for (int i = 0; i < weights.length; i += 19) {
        double slope =
            (loss(each.model(), weights, i, STEP, factors)
                    - loss(each.model(), weights, i, -STEP, factors))
                / (2 * STEP);
        assertThat(Math.abs(gradient[i] - slope))
            .as("element %d", i)
            .isLessThan(0.01 * largest + 1e-3);
      }
    }
  }

  private static double loss(
      OnnxModel model, float[] weights, int at, float change, float[] factors) {
    float[] moved = weights.clone();
    moved[at] += change;
    float[] output = runtime(model.withValues(Map.of("w", moved)));
    double sum = 0;
    for (int i = 0; i < output.length; i++) {
      sum += (double) output[i] * factors[i];
    }
    return sum;
  }

  @Test
  void noOperatorIsUntested() {
    Set<String> tested = new HashSet<>();
    cases().forEach(each -> tested.add(each.operator()));
    assertThat(Operators.names()).isSubsetOf(tested);
  }
}
