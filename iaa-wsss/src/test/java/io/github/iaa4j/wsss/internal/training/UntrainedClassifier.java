package io.github.iaa4j.wsss.internal.training;

import java.util.Arrays;
import java.util.Random;

/** Classifiers as ONNX bytes, without a training. */
public final class UntrainedClassifier {

  private static final int FEATURES = 96;

  private UntrainedClassifier() {}

  /**
   * A classifier of one class whose map is below zero everywhere. Features are never negative, so
   * heads of negative weights make negative maps.
   */
  public static byte[] ofNegativeMaps() {
    Network network = Architecture.classifier(1, false);
    Weights weights = network.initialWeights(new Random(1));
    int head = FEATURES + 1;
    int from = weights.vector().length - 2 * head;
    Arrays.fill(weights.vector(), from, from + head, -1f);
    return OnnxExport.bytes(network, weights);
  }
}
