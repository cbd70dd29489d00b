package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.TrainingSettings;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.Decoder;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.graph.Gate;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.ParameterGroup;
import io.github.iaa4j.wsss.internal.training.graph.PreparedBackbone;
import io.github.iaa4j.wsss.pseudomask.BackgroundRule;
import io.github.iaa4j.wsss.pseudomask.Refinement;
import io.github.iaa4j.wsss.training.Optimizer;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A backbone learns to tell two textures apart, and is written as a classifier. */
class BackboneNetworksTest {

  private static final int STEPS = 40;
  private static final int BATCH = 8;

  @BeforeAll
  static void load() {
    PyTorch.load();
  }

  private static BackboneSettings backbone(String name, int stride) throws URISyntaxException {
    Path file =
        Path.of(
            Objects.requireNonNull(BackboneNetworksTest.class.getResource("/backbones/" + name))
                .toURI());
    return new BackboneSettings(file, null, null, null, null, null, stride, List.of(), 3, true);
  }

  private static TrainingSettings settings(int size, Optimizer optimizer, double rate) {
    return new TrainingSettings(
        size,
        size,
        1,
        1,
        BackgroundRule.standard(),
        List.of(1.0),
        List.of(1.0),
        Refinement.none(),
        0,
        STEPS,
        STEPS,
        BATCH,
        rate,
        10,
        optimizer,
        0.5,
        1,
        50,
        5);
  }

  /** Images of horizontal stripes are of the first class, those of vertical ones of the second. */
  private static GraphTrainer.Batch stripes(int size, Random random) {
    float[] images = new float[BATCH * 3 * size * size];
    float[] targets = new float[BATCH * 2];
    for (int b = 0; b < BATCH; b++) {
      boolean isVertical = random.nextBoolean();
      targets[2 * b + (isVertical ? 1 : 0)] = 1;
      targets[2 * b + (isVertical ? 0 : 1)] = -1;
      int phase = random.nextInt(8);
      for (int i = 0; i < 3 * size * size; i++) {
        int at = (isVertical ? i % size : i / size % size) + phase;
        images[b * 3 * size * size + i] = at % 8 < 4 ? 1 : -1;
      }
    }
    return new GraphTrainer.Batch(
        images, new long[] {BATCH, 3, size, size}, targets, new long[] {BATCH, 2});
  }

  @ParameterizedTest
  @CsvSource({"resnet-basic.onnx, 64, 16, SGD, POLY", "vit.onnx, 48, 0, ADAMW, COSINE"})
  void theClassifierLearnsAndIsWritten(
      String file, int size, int stride, Optimizer.Kind kind, Optimizer.Schedule schedule)
      throws Exception {
    double rate = kind == Optimizer.Kind.SGD ? 0.02 : 3e-3;
    TrainingSettings settings = settings(size, new Optimizer(kind, 1e-4, schedule, 0.1), rate);
    BackboneSettings backbone = backbone(file, stride);
    Stage stage =
        new BackboneNetworks(PyTorch.engine(), backbone, 2, settings).classifier(new Random(1));
    Random random = new Random(2);
    try (GraphTrainer trainer = trainer(stage)) {
      float first = trainer.step(stripes(size, random), stage.loss());
      float last = first;
      for (int step = 1; step < STEPS; step++) {
        last = trainer.step(stripes(size, random), stage.loss());
      }
      OnnxModel trained = trainer.model();
      OnnxModel written = trained.cutTo(stage.writtenOutputs());

      assertThat(first).isBetween(0.6f, 0.8f);
      assertThat(last).isLessThan(0.2f);
      assertThat(written.imageInput()).isEqualTo("images");
      assertThat(written.outputs()).containsExactly("classMaps", "probabilities");
      assertThat(Gate.check(PyTorch.engine(), written, "probabilities", 2, 3, size, size))
          .containsExactly(2, 2);
      PreparedBackbone before = PreparedBackbone.of(backbone, size, size);
      for (Parameter frozen : before.frozen()) {
        assertThat(trained.values(frozen.name())).isEqualTo(before.model().values(frozen.name()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"resnet-basic.onnx, 64, 16", "vit.onnx, 48, 0"})
  void theSegmenterStartsFromTheClassifiersBackboneAndLearns(String file, int size, int stride)
      throws Exception {
    TrainingSettings settings = settings(size, Optimizer.adamW(), 1e-3);
    BackboneNetworks networks =
        new BackboneNetworks(PyTorch.engine(), backbone(file, stride), 2, settings);
    Stage classifier = networks.classifier(new Random(1));
    Random random = new Random(2);
    OnnxModel trained;
    try (GraphTrainer trainer = trainer(classifier)) {
      trainer.step(stripes(size, random), classifier.loss());
      trained = trainer.model();
    }
    Stage segmenter = networks.segmenter(new Random(3), trained);
    int side = size / networks.logitStride();

    for (ParameterGroup group : classifier.groups()) {
      for (String name : group.names()) {
        if (segmenter.start().initializers().containsKey(name)) {
          assertThat(segmenter.start().values(name)).isEqualTo(trained.values(name));
        }
      }
    }
    try (GraphTrainer trainer = trainer(segmenter)) {
      float first = trainer.step(masks(size, side, random), segmenter.loss());
      float last = first;
      for (int step = 1; step < STEPS; step++) {
        last = trainer.step(masks(size, side, random), segmenter.loss());
      }
      assertThat(last).isLessThan(0.7f * first);
      assertThat(
              Gate.check(
                  PyTorch.engine(),
                  trainer.model().cutTo(segmenter.writtenOutputs()),
                  "logits",
                  1,
                  3,
                  size,
                  size))
          .containsExactly(1, 3, side, side);
    }
  }

  private static Stage segmenter(String file, int size, int stride) throws Exception {
    TrainingSettings settings = settings(size, Optimizer.sgd(), 1e-2);
    BackboneNetworks networks =
        new BackboneNetworks(PyTorch.engine(), backbone(file, stride), 2, settings);
    return networks.segmenter(new Random(3), networks.classifier(new Random(1)).start());
  }

  @ParameterizedTest
  @CsvSource({
    "resnet-basic.onnx, 64, 16, 16",
    "resnet-basic.onnx, 64, 8, 16",
    "efficientnet-lite.onnx, 64, 16, 16",
    "vit.onnx, 48, 0, 24"
  })
  void theSegmentersWrittenFileComputesWhatWasTrained(String file, int size, int stride, int side)
      throws Exception {
    Stage stage = segmenter(file, size, stride);
    GraphTrainer.Batch batch = masks(size, side, new Random(2));
    try (GraphTrainer trainer = trainer(stage)) {
      trainer.step(batch, stage.loss());
      trainer.step(batch, stage.loss());
      float[] trained = trainer.predict(batch.images(), batch.shape()).get("logits");
      OnnxModel written = trainer.model().cutTo(stage.writtenOutputs());
      long[] shape = {BATCH, 3, side, side};

      assertThat(Gate.check(PyTorch.engine(), written, "logits", batch.shape())).isEqualTo(shape);
      try (Graph runtime =
              Graph.load(written.file(), written.toByteArray(), Device.cpu(), OnnxModel.REMEDIES);
          FloatTensor input = new FloatTensor(runtime, batch.shape(), OnnxJavaType.FLOAT)) {
        input.put(0, batch.images());
        float[] found = runtime.run(Map.of("images", input), "logits");
        assertThat(found).hasSize(BATCH * 3 * side * side);
        for (int i = 0; i < found.length; i++) {
          assertThat(found[i]).isCloseTo(trained[i], within(1e-4f));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"50, 70, 13, 18", "33, 64, 9, 16", "97, 101, 25, 26"})
  void logitsBehindASkipHaveTheSizeOfItsMapWhateverTheImages(
      int height, int width, int maskHeight, int maskWidth) throws Exception {
    OnnxModel segmenter = segmenter("resnet-basic.onnx", 64, 16).start();

    assertThat(Gate.check(PyTorch.engine(), segmenter, "logits", 1, 3, height, width))
        .containsExactly(1, 3, maskHeight, maskWidth);
  }

  @Test
  void theSkipLearnsAndSoDoesTheBackboneBeforeIt() throws Exception {
    Stage stage = segmenter("resnet-basic.onnx", 64, 16);
    try (GraphTrainer trainer = trainer(stage)) {
      trainer.step(masks(64, 16, new Random(2)), stage.loss());
      // After one step of descent, the momentum is the gradient.
      Map<String, float[]> gradients = trainer.memory();

      for (String name :
          List.of(
              "logits.lowLevel.weight",
              "logits.refined.weight",
              "logits.atrous3.weight",
              "backbone.layer1.0.conv1.weight")) {
        float largest = 0;
        for (float value : Objects.requireNonNull(gradients.get(name + "#0"), name)) {
          largest = Math.max(largest, Math.abs(value));
        }
        assertThat(largest).as(name).isGreaterThan(1e-6f);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "2, 2", "4, 4", "7, 7", "8, 4", "10, 5", "14, 7", "16, 4", "32, 4"})
  void withoutASkipTheStrideOfLogitsIsAWholeNumber(int stride, int factor) {
    assertThat(Decoder.factor(stride)).isEqualTo(factor);
    assertThat(stride % factor).isZero();
  }

  /** The same stripes, each pixel of which has the image's class. */
  private static GraphTrainer.Batch masks(int size, int side, Random random) {
    GraphTrainer.Batch batch = stripes(size, random);
    float[] targets = new float[BATCH * 3 * side * side];
    for (int i = 0; i < targets.length; i++) {
      int image = i / (3 * side * side);
      int index = i / (side * side) % 3;
      targets[i] = index > 0 && batch.targets()[2 * image + index - 1] == 1 ? 1 : 0;
    }
    return new GraphTrainer.Batch(
        batch.images(), batch.shape(), targets, new long[] {BATCH, 3, side, side});
  }

  private static GraphTrainer trainer(Stage stage) {
    return new GraphTrainer(
        PyTorch.engine(),
        stage.start(),
        stage.lossOutputs(),
        stage.groups(),
        stage.normalisation(),
        stage.shardSize());
  }
}
