package io.github.iaa4j.onnx.internal;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.Golden;
import io.github.iaa4j.onnx.Device;
import org.junit.jupiter.api.Test;

class GraphTest {

  @Test
  void asksForAnExportInFloat32WhereAnotherPrecisionDoesNotFit() {
    try (Graph half = Graph.load(Golden.path("half/model.onnx"), Device.cpu())) {
      assertThatThrownBy(
              () -> half.requireInput("latent_sample", new long[] {1, 4, 8, 8}, OnnxJavaType.FLOAT))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("FLOAT16")
          .hasMessageContaining("--dtype fp32")
          .hasMessageNotContaining("open dimensions");
    }
  }

  @Test
  void doesNotBlameThePrecisionWhereWholeNumbersAreExpected() {
    try (Graph unet = Graph.load(Golden.path("tiny-sd/unet/model.onnx"), Device.cpu())) {
      assertThatThrownBy(() -> unet.requireInput("timestep", new long[] {1}, OnnxJavaType.FLOAT))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("INT64")
          .hasMessageNotContaining("--dtype")
          .hasMessageNotContaining("open dimensions");
    }
  }

  @Test
  void asksForOpenDimensionsWhereTheGraphHasAnotherShape() {
    try (Graph half = Graph.load(Golden.path("half/model.onnx"), Device.cpu())) {
      assertThatThrownBy(
              () ->
                  half.requireInput(
                      "latent_sample", new long[] {1, 4, 8, 12}, OnnxJavaType.FLOAT16))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("open dimensions")
          .hasMessageNotContaining("--dtype");
    }
  }
}
