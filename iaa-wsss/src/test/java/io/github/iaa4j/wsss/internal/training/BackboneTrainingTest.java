package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.training.BackboneTraining.Options;
import io.github.iaa4j.wsss.internal.training.BackboneTraining.Schedule;
import io.github.iaa4j.wsss.internal.training.graph.GraphTrainer;
import io.github.iaa4j.wsss.internal.training.graph.PreparedBackbone;
import io.github.iaa4j.wsss.internal.training.graph.WeightUpdate;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A backbone learns to tell two textures apart, and is written as a classifier. */
class BackboneTrainingTest {

  private static final int STEPS = 40;
  private static final int BATCH = 8;

  @BeforeAll
  static void load() {
    PyTorch.load();
  }

  private static PreparedBackbone backbone(String name, int size, int stride)
      throws URISyntaxException {
    Path file =
        Path.of(
            Objects.requireNonNull(BackboneTrainingTest.class.getResource("/backbones/" + name))
                .toURI());
    return PreparedBackbone.of(
        new BackboneSettings(file, null, null, null, null, null, stride, List.of(), 3, true),
        size,
        size);
  }

  /** Images of horizontal stripes are of the first class, those of vertical ones of the second. */
  private static GraphTrainer.Batch stripes(int size, Random random) {
    float[] images = new float[BATCH * 3 * size * size];
    float[] targets = new float[BATCH * 2];
    for (int b = 0; b < BATCH; b++) {
      boolean isVertical = random.nextBoolean();
      targets[2 * b + (isVertical ? 1 : 0)] = 1;
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
  void itLearnsAndIsWritten(String file, int size, int stride, String optimiser, Schedule schedule)
      throws Exception {
    WeightUpdate update =
        optimiser.equals("SGD") ? new WeightUpdate.Sgd(0.9) : new WeightUpdate.AdamW(0.9, 0.999);
    double rate = optimiser.equals("SGD") ? 0.02 : 3e-3;
    PreparedBackbone backbone = backbone(file, size, stride);
    Options options = new Options(update, rate, 10 * rate, 1e-4, schedule, 4, STEPS, 4, 1);
    Random random = new Random(2);
    try (BackboneTraining training = new BackboneTraining(backbone, 2, size, size, options)) {
      float first = training.step(stripes(size, random));
      float last = first;
      for (int step = 1; step < STEPS; step++) {
        last = training.step(stripes(size, random));
      }
      OnnxModel trained = training.trained();

      assertThat(first).isBetween(0.6f, 0.8f);
      assertThat(last).isLessThan(0.2f);
      assertThat(trained.outputs()).containsExactly("classMaps", "probabilities");
      for (var frozen : backbone.frozen()) {
        assertThat(trained.values(frozen.name())).isEqualTo(backbone.model().values(frozen.name()));
      }
    }
  }
}
