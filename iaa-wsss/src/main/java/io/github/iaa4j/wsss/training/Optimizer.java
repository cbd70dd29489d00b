package io.github.iaa4j.wsss.training;

import java.util.Objects;

/**
 * How weights are changed at each step, and how the learning rate falls. Immutable.
 *
 * @param kind the rule
 * @param weightDecay the fraction of weights that a step with learning rate 1 takes away, at least
 *     0; biases, normalisations and position tables are not decayed
 * @param schedule how the learning rate falls to 0
 * @param warmUp the fraction of the steps over which it rises first, in [0, 1)
 */
public record Optimizer(Kind kind, double weightDecay, Schedule schedule, double warmUp) {

  /** The rules. */
  public enum Kind {

    /** Stochastic gradient descent with momentum 0.9, as PyTorch's {@code SGD}. */
    SGD,

    /** Loshchilov and Hutter, <em>Decoupled Weight Decay Regularization</em>, ICLR 2019. */
    ADAMW,

    /**
     * Jordan et al., <em>Muon: An optimizer for hidden layers in neural networks</em>, 2024, for
     * normalised kernels of convolutions, and AdamW for all else. Only for the small network that
     * starts from random weights: it needs about half the steps of AdamW there.
     */
    MUON
  }

  /** How the learning rate falls to 0. */
  public enum Schedule {

    /** {@code (1 - step / steps)^0.9}, as DeepLab trains. */
    POLY,

    /** Half a cosine. */
    COSINE
  }

  /**
   * Checks the ranges.
   *
   * @throws IllegalArgumentException if a number is out of range
   */
  public Optimizer {
    Objects.requireNonNull(kind, "kind");
    Objects.requireNonNull(schedule, "schedule");
    if (!(weightDecay >= 0) || !(warmUp >= 0 && warmUp < 1)) {
      throw new IllegalArgumentException(
          "weightDecay is " + weightDecay + " (at least 0), warmUp is " + warmUp + " (in [0, 1))");
    }
  }

  /** SGD with weight decay 1e-4 and the poly schedule: what WSSS usually trains CNNs with. */
  public static Optimizer sgd() {
    return new Optimizer(Kind.SGD, 1e-4, Schedule.POLY, 0);
  }

  /** AdamW with weight decay 0.01, a warm-up of 0.1 and a cosine: for vision transformers. */
  public static Optimizer adamW() {
    return new Optimizer(Kind.ADAMW, 0.01, Schedule.COSINE, 0.1);
  }

  /** Muon with weight decay 0.02, a warm-up of 0.1 and a cosine. */
  public static Optimizer muon() {
    return new Optimizer(Kind.MUON, 0.02, Schedule.COSINE, 0.1);
  }
}
