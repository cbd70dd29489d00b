package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.engine.Engine;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Tokens;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.PyTorch;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of other operator sets, of PyTorch's newer exporter, and with constants folded. */
class VariantTest {

  @ParameterizedTest
  @CsvSource({
    "resnet-folded, 64, 13, 26",
    "mobilenet-v3-opset11, 64, 11, 48",
    "convnext-opset18, 64, 18, 52",
    "vit-opset20, 32, 20, 30"
  })
  void theFileIsAdmittedTrainedAndWritten(String name, int size, int opset, int parameters) {
    PyTorch.load();
    Engine engine = Engine.getEngine("PyTorch");
    boolean isTransformer = name.startsWith("vit");
    PreparedBackbone backbone =
        PreparedBackbone.of(
            new BackboneSettings(
                Goldens.file(name + ".onnx"),
                "features",
                new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(0.2f, 0.2f, 0.2f)),
                "NCHW",
                isTransformer ? new Tokens(1, 8) : null,
                null,
                0,
                List.of(),
                0,
                true),
            size,
            size);
    long[] shape = {2, 3, size, size};
    assertThat(backbone.model().opset()).isEqualTo(opset);
    assertThat(backbone.trained()).hasSize(parameters);
    Gate.check(engine, backbone.model(), PreparedBackbone.FEATURES, shape);
    try (GraphTrainer trainer =
        new GraphTrainer(
            engine,
            backbone.model(),
            List.of(PreparedBackbone.FEATURES),
            List.of(
                new ParameterGroup(
                    Parameter.names(backbone.trained()),
                    new WeightUpdate.Sgd(0.9),
                    Tracker.fixed(0.01f),
                    0)),
            Normalisation.FROZEN,
            1)) {
      GraphTrainer.Batch batch =
          new GraphTrainer.Batch(
              Goldens.pattern(HostTensor.size(shape), 1), shape, new float[2], new long[] {2});
      float first = 0;
      float last = 0;
      for (int step = 0; step < 5; step++) {
        last =
            trainer.step(
                batch,
                (outputs, targets) -> outputs.apply(PreparedBackbone.FEATURES).square().mean());
        first = step == 0 ? last : first;
      }
      assertThat(last).isLessThan(first);
      OnnxModel written = trainer.model();
      Gate.check(engine, written, PreparedBackbone.FEATURES, shape);
    }
  }
}
