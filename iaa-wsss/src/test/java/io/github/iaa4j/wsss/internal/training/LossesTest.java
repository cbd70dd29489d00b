package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import java.util.function.BinaryOperator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class LossesTest {

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Result(float loss, float[] gradient) {}

  @BeforeAll
  static void load() {
    PyTorch.load();
  }

  private static Result result(
      BinaryOperator<NDArray> loss, float[] logits, float[] targets, Shape shape) {
    try (NDManager manager = PyTorch.engine().newBaseManager(Device.cpu());
        GradientCollector collector = PyTorch.engine().newGradientCollector()) {
      NDArray at = manager.create(logits, shape);
      at.setRequiresGradient(true);
      NDArray value = loss.apply(at, manager.create(targets, shape));
      collector.backward(value);
      return new Result(value.getFloat(), at.getGradient().toFloatArray());
    }
  }

  @Test
  void theBinaryCrossEntropyIsTheMeanOfMinusLogSigmoid() {
    Result result =
        result(
            Losses::binaryCrossEntropy, new float[] {2, -1}, new float[] {1, -1}, new Shape(1, 2));

    double expected = (Math.log(1 + Math.exp(-2)) + Math.log(1 + Math.exp(-1))) / 2;
    assertThat((double) result.loss()).isCloseTo(expected, within(1e-6));
  }

  @Test
  void aWeightOfAnImageScalesItsPartOfTheBinaryCrossEntropyAndOfItsGradient() {
    float[] logits = {2, -1, 0.5f, 3};
    Shape shape = new Shape(2, 2);
    Result first = result(Losses::binaryCrossEntropy, logits, new float[] {1, -1, 0, 0}, shape);
    Result second = result(Losses::binaryCrossEntropy, logits, new float[] {0, 0, -1, 1}, shape);

    Result weighted =
        result(Losses::binaryCrossEntropy, logits, new float[] {1, -1, -0.25f, 0.25f}, shape);

    assertScaled(weighted, first, second);
  }

  @Test
  void aWeightOfAnImageScalesItsPartOfTheCrossEntropyAndOfItsGradient() {
    // Two images of one class and background, with two pixels each.
    float[] logits = {2, -1, 0.5f, 3, 1, 0, -2, 0.3f};
    Shape shape = new Shape(2, 2, 1, 2);
    Result first =
        result(Losses::crossEntropy, logits, new float[] {1, 0, 0, 1, 0, 0, 0, 0}, shape);
    Result second =
        result(Losses::crossEntropy, logits, new float[] {0, 0, 0, 0, 0, 1, 1, 0}, shape);

    Result weighted =
        result(Losses::crossEntropy, logits, new float[] {1, 0, 0, 1, 0, 0.25f, 0.25f, 0}, shape);

    // Each alone is a mean over two pixels, both together one over four.
    assertScaled(new Result(2 * weighted.loss(), doubled(weighted.gradient())), first, second);
  }

  private static float[] doubled(float[] values) {
    float[] twice = values.clone();
    for (int i = 0; i < twice.length; i++) {
      twice[i] *= 2;
    }
    return twice;
  }

  private static void assertScaled(Result weighted, Result first, Result second) {
    assertThat(weighted.loss()).isCloseTo(first.loss() + second.loss() / 4, within(1e-6f));
    for (int i = 0; i < weighted.gradient().length; i++) {
      assertThat(weighted.gradient()[i])
          .isCloseTo(first.gradient()[i] + second.gradient()[i] / 4, within(1e-6f));
    }
  }
}
