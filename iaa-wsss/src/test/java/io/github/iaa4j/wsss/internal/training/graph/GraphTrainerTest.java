package io.github.iaa4j.wsss.internal.training.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.training.tracker.Tracker;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
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
import java.util.function.Function;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class GraphTrainerTest {

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
        List.of(
            new ParameterGroup(
                names, new WeightUpdate.AdamW(0.9, 0.999), Tracker.fixed(1e-3f), 1e-4)),
        normalisation,
        shardSize);
  }

  private static NDArray loss(Function<String, NDArray> outputs) {
    return outputs.apply(FEATURES).square().mean();
  }

  private static float step(GraphTrainer trainer, int seed) {
    return trainer.step(batch(seed), (outputs, targets) -> loss(outputs));
  }

  private static GraphTrainer.Batch batch(int seed, long... shape) {
    return new GraphTrainer.Batch(
        Goldens.pattern(HostTensor.size(shape), seed),
        shape,
        new float[(int) shape[0]],
        new long[] {shape[0]});
  }

  private static GraphTrainer.Batch batch(int seed) {
    return batch(seed, 8, 3, 64, 64);
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
          batch(1),
          (outputs, targets) -> {
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
  void aResumedTrainingEndsWithTheSameBytes() {
    OnnxModel start = model("mobilenet-v3");
    try (GraphTrainer whole = trainer(start, Normalisation.FROZEN, 4);
        GraphTrainer first = trainer(start, Normalisation.FROZEN, 4)) {
      for (int i = 0; i < 4; i++) {
        step(whole, i);
      }
      step(first, 0);
      step(first, 1);
      try (GraphTrainer second = trainer(first.model(), Normalisation.FROZEN, 4)) {
        second.resume(first.steps(), first.memory());
        step(second, 2);
        step(second, 3);
        assertThat(second.model().toByteArray()).isEqualTo(whole.model().toByteArray());
      }
    }
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
                    Set.of("backbone.layer4.0.conv2.weight"),
                    new WeightUpdate.Sgd(0.9),
                    Tracker.fixed(0.1f),
                    0)),
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
    changed[0] += 1;
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
      GraphTrainer.Batch batch = batch(1, 2, 3, 32, 32);
      long after200 = 0;
      for (int i = 1; i <= 1000; i++) {
        trainer.step(batch, (outputs, targets) -> loss(outputs));
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
