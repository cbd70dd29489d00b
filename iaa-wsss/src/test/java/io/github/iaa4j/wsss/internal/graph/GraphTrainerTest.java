package io.github.iaa4j.wsss.internal.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.PyTorch;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GraphTrainerTest {

  private static final long[] SHAPE = {8, 3, 64, 64};
  private static final String FEATURES = "features";

  private static Engine engine;

  @BeforeAll
  static void load() {
    PyTorch.load();
    engine = Engine.getEngine("PyTorch");
  }

  private static OnnxModel model(String name) {
    return OnnxModel.read(Goldens.file(name + ".onnx")).untied();
  }

  private static GraphTrainer trainer(OnnxModel model, Normalisation normalisation, int shardSize) {
    Set<String> names = Parameter.names(Parameter.of(model, List.of(FEATURES)));
    return new GraphTrainer(
        engine,
        model,
        List.of(FEATURES),
        List.of(new ParameterGroup(names, Tracker.fixed(1e-3f), 1e-4)),
        new WeightUpdate.AdamW(0.9, 0.999),
        normalisation,
        shardSize);
  }

  private static NDArray loss(Map<String, NDArray> outputs) {
    return outputs.get(FEATURES).square().mean();
  }

  private static float step(GraphTrainer trainer, int seed) {
    return trainer.step(
        Goldens.pattern(8 * 3 * 64 * 64, seed), SHAPE, (outputs, from, to) -> loss(outputs));
  }

  private static byte[] trained(int threads) throws Exception {
    ForkJoinPool pool = new ForkJoinPool(threads);
    try {
      return pool.submit(
              () -> {
                try (GraphTrainer trainer =
                    trainer(model("resnet-basic"), Normalisation.FROZEN, 2)) {
                  for (int i = 0; i < 3; i++) {
                    step(trainer, i);
                  }
                  return trainer.model().toByteArray();
                }
              })
          .get();
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void anyNumberOfThreadsGivesTheSameBytes() throws Exception {
    assertThat(trained(1)).isEqualTo(trained(4));
  }

  /** A garbage collection must not free native memory that the backward pass still reads. */
  @Test
  void aGarbageCollectionWithinAStepChangesNothing() {
    assertThat(afterAStep(true)).isEqualTo(afterAStep(false));
  }

  private static byte[] afterAStep(boolean collects) {
    try (GraphTrainer trainer = trainer(model("mobilenet-v3"), Normalisation.FROZEN, 8)) {
      trainer.step(
          Goldens.pattern(8 * 3 * 64 * 64, 1),
          SHAPE,
          (outputs, from, to) -> {
            NDArray loss = loss(outputs);
            if (collects) {
              collectAndOverwrite();
            }
            return loss;
          });
      return trainer.model().toByteArray();
    }
  }

  private static void collectAndOverwrite() {
    List<ByteBuffer> others = new ArrayList<>();
    for (int round = 0; round < 5; round++) {
      System.gc();
      try {
        Thread.sleep(50); // Cleaners have a thread of their own.
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      for (int i = 0; i < 20_000; i++) {
        others.add(ByteBuffer.allocateDirect(Float.BYTES).putInt(0, 0x7f7f7f7f));
      }
    }
    assertThat(others).isNotEmpty();
  }

  @Test
  void frozenStatisticsStayAndThoseOfTheBatchMove() {
    OnnxModel start = model("resnet-basic");
    String mean = "backbone.bn1.running_mean";
    try (GraphTrainer frozen = trainer(start, Normalisation.FROZEN, 4);
        GraphTrainer batch = trainer(start, Normalisation.BATCH, 4)) {
      step(frozen, 1);
      step(batch, 1);
      assertThat(frozen.model().values(mean)).isEqualTo(start.values(mean));
      assertThat(batch.model().values(mean)).isNotEqualTo(start.values(mean));
    }
  }

  @Test
  void whatIsInNoGroupStays() {
    OnnxModel start = model("resnet-basic");
    try (GraphTrainer trainer =
        new GraphTrainer(
            engine,
            start,
            List.of(FEATURES),
            List.of(
                new ParameterGroup(
                    Set.of("backbone.layer4.0.conv2.weight"), Tracker.fixed(0.1f), 0)),
            new WeightUpdate.Sgd(0.9),
            Normalisation.FROZEN,
            8)) {
      step(trainer, 1);
      OnnxModel trained = trainer.model();
      assertThat(trained.values("backbone.conv1.weight"))
          .isEqualTo(start.values("backbone.conv1.weight"));
      assertThat(trained.values("backbone.layer4.0.conv2.weight"))
          .isNotEqualTo(start.values("backbone.layer4.0.conv2.weight"));
    }
  }

  @Test
  void anOperatorThatIsNotKnownIsNamedWithThoseThatAre() {
    OnnxModel model =
        model("resnet-basic")
            .edited(
                graph -> graph.getNodeBuilder(3).setName("third").setOpType("NonMaxSuppression"));
    assertThatThrownBy(() -> trainer(model, Normalisation.FROZEN, 8))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("resnet-basic.onnx (third): the operator NonMaxSuppression")
        .hasMessageContaining("operator set 17")
        .hasMessageContaining("BatchNormalization, ");
  }

  @Test
  void theGateNamesTheFirstNodeThatDiffers() {
    OnnxModel model = model("resnet-basic");
    String weight = "backbone.layer3.0.conv2.weight";
    float[] changed = model.values(weight);
    changed[0] += 0.01f;
    OnnxModel other = model.withValues(Map.of(weight, changed));
    String node = model.consumers(weight).get(0).name();

    assertThatThrownBy(() -> Gate.check(engine, model, other, FEATURES, 2, 3, 64, 64))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("resnet-basic.onnx (" + node + "): ")
        .hasMessageContaining("a Conv (operator set 17)");
  }

  /** Native memory must not grow from step to step. */
  @Test
  void aThousandStepsLeakNothing() throws Exception {
    try (GraphTrainer trainer = trainer(model("mobilenet-v2"), Normalisation.FROZEN, 1)) {
      float[] images = Goldens.pattern(2 * 3 * 32 * 32, 1);
      long[] shape = {2, 3, 32, 32};
      long after200 = 0;
      for (int i = 1; i <= 1000; i++) {
        trainer.step(images, shape, (outputs, from, to) -> loss(outputs));
        if (i == 200) {
          after200 = residentKilobytes();
        }
      }
      assertThat(residentKilobytes() - after200).isLessThan(60_000);
    }
  }

  private static long residentKilobytes() throws Exception {
    System.gc();
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
