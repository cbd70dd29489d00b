package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Parameter;
import io.github.iaa4j.wsss.internal.training.graph.Gate;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The small networks are ONNX graphs that DJL and ONNX Runtime compute alike, at any size. */
class ArchitectureTest {

  private static final int CLASSES = 3;

  private static OnnxModel classifier(long seed) {
    return Architecture.classifier(CLASSES, new Random(seed)).model(Path.of("classifier.onnx"));
  }

  private static OnnxModel segmenter() {
    return Architecture.segmenter(CLASSES, new Random(1)).model(Path.of("segmenter.onnx"));
  }

  private static long[] checked(OnnxModel model, String output, long... shape) {
    return Gate.check(PyTorch.engine(), model, output, shape);
  }

  @Test
  void theClassifierMakesMapsAtStride4AndProbabilities() {
    OnnxModel model = classifier(1);
    assertThat(checked(model, ModelFormat.CLASS_MAPS, 2, 3, 48, 64))
        .containsExactly(2, CLASSES, 12, 16);
    assertThat(checked(model, ModelFormat.PROBABILITIES, 2, 3, 32, 32)).containsExactly(2, CLASSES);
  }

  @Test
  void theSegmenterMakesLogitsAtStride2() {
    assertThat(checked(segmenter(), ModelFormat.LOGITS, 2, 3, 64, 40))
        .containsExactly(2, 1 + CLASSES, 32, 20);
  }

  @Test
  void aSeedGivesTheSameBytes() {
    assertThat(classifier(1).toByteArray())
        .isEqualTo(classifier(1).toByteArray())
        .isNotEqualTo(classifier(2).toByteArray());
  }

  @Test
  void theSegmenterHasTheClassifiersBackbone() {
    OnnxModel classifier = classifier(1);
    List<Parameter> backbone =
        Parameter.of(segmenter(), List.of(ModelFormat.LOGITS)).stream()
            .filter(each -> each.name().startsWith(Architecture.BACKBONE))
            .toList();
    assertThat(backbone).hasSize(15);
    assertThat(backbone)
        .allSatisfy(each -> assertThat(classifier.shape(each.name())).isEqualTo(each.shape()));
  }
}
