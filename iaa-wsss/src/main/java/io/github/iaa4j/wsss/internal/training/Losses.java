package io.github.iaa4j.wsss.internal.training;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** The losses of the two stages, each a mean. */
final class Losses {

  private Losses() {}

  /**
   * The mean of softplus(x) - x * y, which is the cross entropy of sigmoid(x): PyTorch's {@code
   * MultiLabelSoftMarginLoss}.
   */
  static NDArray binaryCrossEntropy(NDArray logits, NDArray targets) {
    return Activation.softPlus(logits).sub(logits.mul(targets)).mean();
  }

  /** The cross entropy of the pixels that have a target. */
  static NDArray crossEntropy(NDArray logits, NDArray targets) {
    NDArray counted = targets.sum().maximum(1);
    return logits.logSoftmax(1).mul(targets).sum().div(counted).neg();
  }
}
