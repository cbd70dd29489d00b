package io.github.iaa4j.wsss.internal.training;

import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Classifiers as ONNX bytes, without a training. */
public final class UntrainedClassifier {

  private UntrainedClassifier() {}

  /**
   * A classifier of one class whose map is below zero everywhere. Features are never negative, so
   * heads of negative weights make negative maps.
   */
  public static byte[] ofNegativeMaps() {
    OnnxModel model = Architecture.classifier(1, new Random(1)).model(Path.of("classifier.onnx"));
    Map<String, float[]> negative = new HashMap<>();
    for (String name : model.initializers().keySet()) {
      boolean isHead = name.startsWith("head.") && model.shape(name).length > 0;
      if (isHead) {
        float[] values = new float[HostTensor.size(model.shape(name))];
        Arrays.fill(values, -1f);
        negative.put(name, values);
      }
    }
    return model
        .withValues(negative)
        .cutTo(List.of(ModelFormat.CLASS_MAPS, ModelFormat.PROBABILITIES))
        .toByteArray();
  }
}
