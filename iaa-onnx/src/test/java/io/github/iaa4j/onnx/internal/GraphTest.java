package io.github.iaa4j.onnx.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.Device;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GraphTest {

  private static final Path NAME = Path.of("arithmetic.onnx");

  @TempDir private Path temporary;

  @Test
  void runsAModelFromMemory() {
    try (Graph graph = arithmetic()) {
      assertThat(run(graph, Models.DOUBLED, 1, 2, 3)).containsExactly(2, 4, 6);
      assertThat(run(graph, Models.SQUARED, 1, 2, 3)).containsExactly(1, 4, 9);
    }
  }

  @Test
  void runsAModelFromAFile() {
    Path file = Models.write(temporary);

    try (Graph graph = Graph.load(file, Device.cpu(), Models.REMEDIES)) {
      assertThat(graph.file()).isEqualTo(file);
      assertThat(run(graph, Models.DOUBLED, 1, 2, 3)).containsExactly(2, 4, 6);
    }
  }

  @Test
  void runsAnyLengthOfAnOpenDimension() {
    try (Graph graph = arithmetic()) {
      assertThat(graph.inputShape(Models.INPUT)).containsExactly(-1, 3);
      assertThat(run(graph, Models.DOUBLED, 1, 2, 3)).hasSize(3);
      assertThat(run(graph, Models.DOUBLED, 1, 2, 3, 4, 5, 6)).hasSize(6);
    }
  }

  @Test
  void runsFromAndIntoBuffersOfTheCaller() {
    try (Graph graph = arithmetic();
        FloatTensor input = new FloatTensor(graph, new long[] {1, 3}, OnnxJavaType.FLOAT);
        FloatTensor output = new FloatTensor(graph, new long[] {1, 3}, OnnxJavaType.FLOAT)) {
      float[] values = new float[3];
      for (int run = 1; run <= 2; run++) {
        input.put(0, new float[] {run, 10 * run, 100 * run});
        graph.run(Map.of(Models.INPUT, input.tensor()), Map.of(Models.DOUBLED, output.tensor()));
        output.get(0, values);
        assertThat(values).containsExactly(2 * run, 20 * run, 200 * run);
      }
    }
  }

  @Test
  void takesAndGivesFloat32WhereTheGraphHasFloat16() {
    byte[] half = Models.arithmetic(OnnxJavaType.FLOAT16, -1, 3);
    try (Graph graph = Graph.load(NAME, half, Device.cpu(), Models.REMEDIES);
        FloatTensor input = new FloatTensor(graph, new long[] {1, 3}, OnnxJavaType.FLOAT16)) {
      input.put(0, new float[] {0.5f, 1.5f, -2});

      assertThat(graph.run(Map.of(Models.INPUT, input), Models.DOUBLED)).containsExactly(1, 3, -4);
    }
  }

  @Test
  void isRunBySeveralThreadsAtOnce() throws Exception {
    int threads = 8;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CountDownLatch start = new CountDownLatch(threads);
    try (Graph graph = arithmetic()) {
      List<Future<?>> runs =
          IntStream.range(0, threads)
              .<Future<?>>mapToObj(
                  thread ->
                      executor.submit(
                          () -> {
                            start.countDown();
                            start.await();
                            for (int i = 0; i < 200; i++) {
                              assertThat(run(graph, Models.DOUBLED, thread, i, 1))
                                  .containsExactly(2 * thread, 2 * i, 2);
                            }
                            return null;
                          }))
              .toList();
      for (Future<?> run : runs) {
        run.get();
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void mayBeClosedWhileItRuns() throws Exception {
    int before = Graph.open();
    int threads = 4;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CountDownLatch running = new CountDownLatch(threads);
    Graph graph = arithmetic();
    try {
      List<Future<?>> runs =
          IntStream.range(0, threads)
              .<Future<?>>mapToObj(
                  thread ->
                      executor.submit(
                          () -> {
                            while (true) {
                              assertThat(run(graph, Models.DOUBLED, 1, 2, 3))
                                  .containsExactly(2, 4, 6);
                              running.countDown();
                            }
                          }))
              .toList();
      running.await();
      graph.close();

      for (Future<?> run : runs) {
        assertThatThrownBy(run::get)
            .hasCauseInstanceOf(IllegalStateException.class)
            .hasMessageContaining("arithmetic.onnx is closed");
      }
      assertThat(Graph.open()).isEqualTo(before);
    } finally {
      graph.close();
      executor.shutdownNow();
    }
  }

  @Test
  void isClosedOnce() {
    int before = Graph.open();
    Graph graph = arithmetic();
    assertThat(Graph.open()).isEqualTo(before + 1);

    graph.close();
    graph.close();

    assertThat(Graph.open()).isEqualTo(before);
  }

  @Test
  void namesTheRemedyOfItsOwnerWhereBytesAreNoModel() {
    assertThatThrownBy(() -> Graph.load(NAME, new byte[] {1, 2, 3}, Device.cpu(), Models.REMEDIES))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("arithmetic.onnx")
        .hasMessageContaining("Make it again.")
        .hasMessageContaining("ONNX Runtime says");
  }

  @Test
  void namesTheOutputsThatThereAreWhereOneIsMissing() {
    try (Graph graph = arithmetic()) {
      assertThatThrownBy(() -> run(graph, "halved", 1, 2, 3))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("halved")
          .hasMessageContaining(Models.DOUBLED)
          .hasMessageContaining("Name it so.");
    }
  }

  @Test
  void saysWhatARunThatFailsWasGiven() {
    try (Graph graph = arithmetic();
        FloatTensor input = new FloatTensor(graph, new long[] {1, 4}, OnnxJavaType.FLOAT)) {
      assertThatThrownBy(() -> graph.run(Map.of(Models.INPUT, input), Models.DOUBLED))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("[1, 4]")
          .hasMessageContaining("Run it otherwise.");
    }
  }

  @Test
  void asksForAnotherPrecisionWhereThatOfTheGraphDoesNotFit() {
    byte[] half = Models.arithmetic(OnnxJavaType.FLOAT16, -1, 3);
    try (Graph graph = Graph.load(NAME, half, Device.cpu(), Models.REMEDIES)) {
      assertThatThrownBy(
              () -> graph.requireInput(Models.INPUT, new long[] {1, 3}, OnnxJavaType.FLOAT))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("FLOAT16")
          .hasMessageContaining("Use float32.")
          .hasMessageNotContaining("Open the shape.");
    }
  }

  @Test
  void doesNotBlameThePrecisionWhereWholeNumbersAreExpected() {
    byte[] whole = Models.arithmetic(OnnxJavaType.INT64, -1, 3);
    try (Graph graph = Graph.load(NAME, whole, Device.cpu(), Models.REMEDIES)) {
      assertThatThrownBy(
              () -> graph.requireInput(Models.INPUT, new long[] {1, 3}, OnnxJavaType.FLOAT))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("INT64")
          .hasMessageContaining("Name it so.")
          .hasMessageNotContaining("Use float32.");
    }
  }

  @Test
  void asksForAnOpenShapeWhereTheGraphFixesAnother() {
    try (Graph graph = arithmetic()) {
      assertThatThrownBy(
              () -> graph.requireInput(Models.INPUT, new long[] {1, 4}, OnnxJavaType.FLOAT))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("Open the shape.")
          .hasMessageNotContaining("Use float32.");
    }
  }

  private static Graph arithmetic() {
    return Graph.load(NAME, Models.arithmetic(), Device.cpu(), Models.REMEDIES);
  }

  /** Runs it on rows of three values. */
  private static float[] run(Graph graph, String output, float... values) {
    long[] shape = {values.length / 3, 3};
    try (FloatTensor input = new FloatTensor(graph, shape, OnnxJavaType.FLOAT)) {
      input.put(0, values);
      return graph.run(Map.of(Models.INPUT, input), output);
    }
  }
}
