package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.ModelFormat;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The exported networks compute what DJL computes. */
class ExportTest {

  private static final int CLASSES = 3;

  private static float[] noise(int length, long seed) {
    Random random = new Random(seed);
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Weights after a few steps, so that scales, shifts and statistics are not the first ones. */
  private static Trainer trained(Network network, String output) {
    Trainer trainer = new Trainer(network, network.initialWeights(new Random(1)), 32, 5, 0.05);
    for (int step = 0; step < 5; step++) {
      trainer.step(
          new TrainingSet.Batch(noise(32 * 3 * 32 * 32, step), noise(32, ~step)),
          new Shape(3, 32, 32),
          new Shape(1),
          (outputs, targets) -> outputs.apply(output).sub(1).square().mean());
    }
    return trainer;
  }

  private static void assertSame(Network network, Trainer trainer, int height, int width) {
    float[] images = noise(2 * 3 * height * width, 99);
    Map<String, float[]> expected = trainer.predict(images, new Shape(2, 3, height, width));
    byte[] model = OnnxExport.bytes(network, trainer.weights());
    long[] shape = {2, 3, height, width};
    try (Graph onnx =
            Graph.load(Path.of("exported.onnx"), model, Device.cpu(), ModelFolder.REMEDIES);
        FloatTensor input = new FloatTensor(onnx, shape, OnnxJavaType.FLOAT)) {
      input.put(0, images);
      expected.forEach(
          (name, values) -> {
            float[] found = onnx.run(Map.of(ModelFormat.INPUT, input), name);
            assertThat(found).hasSameSizeAs(values);
            float difference = 0;
            for (int i = 0; i < found.length; i++) {
              difference = Math.max(difference, Math.abs(found[i] - values[i]));
            }
            assertThat(difference).as(name).isLessThanOrEqualTo(1e-4f);
          });
    }
  }

  @Test
  void theClassifierGivesTheSameMapsAndProbabilitiesAtAnySize() {
    Network network = Architecture.classifier(CLASSES, false);
    try (Trainer trainer = trained(network, ModelFormat.PROBABILITIES)) {
      assertSame(network, trainer, 32, 32);
      assertSame(network, trainer, 48, 64);
    }
  }

  @Test
  void theSegmenterGivesTheSameLogitsAtAnySize() {
    Network network = Architecture.segmenter(CLASSES);
    try (Trainer trainer = trained(network, ModelFormat.LOGITS)) {
      assertSame(network, trainer, 32, 32);
      assertSame(network, trainer, 64, 40);
    }
  }

  @Test
  void theSegmenterStartsFromTheClassifiersBackbone() {
    Network classifier = Architecture.classifier(CLASSES, true);
    Network segmenter = Architecture.segmenter(CLASSES);
    Weights backbone = classifier.initialWeights(new Random(1));
    Weights own = segmenter.initialWeights(new Random(2));

    Weights start = segmenter.startingWith(classifier, backbone, own);

    assertThat(start.vector()).hasSameSizeAs(own.vector());
    assertThat(start.vector()[0]).isEqualTo(backbone.vector()[0]);
    int last = start.vector().length - CLASSES - 2;
    assertThat(start.vector()[last]).isEqualTo(own.vector()[last]);
    assertThat(start.statistics()).hasSameSizeAs(own.statistics());
  }
}
