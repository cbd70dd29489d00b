package io.github.iaa4j.wsss.internal.training;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;

/** The losses of the two stages, each a mean of losses that images weigh. */
final class Losses {

  private Losses() {}

  /**
   * The mean of softplus(x) - x * y, which is the cross entropy of sigmoid(x): PyTorch's {@code
   * MultiLabelSoftMarginLoss}.
   *
   * @param targets the image's weight for a class that it shows, minus its weight for another
   */
  static NDArray binaryCrossEntropy(NDArray logits, NDArray targets) {
    NDArray weights = targets.abs();
    NDArray shown = targets.maximum(0);
    return Activation.softPlus(logits).mul(weights).sub(logits.mul(shown)).mean();
  }

  /**
   * The cross entropy of the pixels that have a target.
   *
   * @param targets the image's weight at a pixel's class; zero elsewhere, and where it is void
   */
  static NDArray crossEntropy(NDArray logits, NDArray targets) {
    NDArray counted = targets.sign().sum().maximum(1);
    return logits.logSoftmax(1).mul(targets).sum().div(counted).neg();
  }
}
