package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TrainerTest {

  private static final int IMAGES = 4;

  /** A garbage collection must not free native memory that the backward pass still reads. */
  @Test
  void aGarbageCollectionWithinAStepChangesNothing() {
    assertThat(weightsAfterAStep(true)).isEqualTo(weightsAfterAStep(false));
  }

  private static float[] weightsAfterAStep(boolean collects) {
    Network network = Architecture.classifier(3, true);
    float[] images = new float[IMAGES * 3 * 32 * 32];
    Random random = new Random(1);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
    float[] targets = {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 0};
    try (Trainer trainer =
        new Trainer(network, network.initialWeights(new Random(2)), IMAGES, 10, 0.05)) {
      trainer.step(
          new TrainingSet.Batch(images, targets),
          new Shape(3, 32, 32),
          new Shape(3),
          (outputs, wanted) -> {
            NDArray scores = outputs.apply(Architecture.CLASSIFICATION_HEAD);
            NDArray loss = scores.sub(wanted).square().mean();
            if (collects) {
              collectAndOverwrite();
            }
            return loss;
          });
      return trainer.weights().vector();
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
}
