package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.iaa4j.wsss.training.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The step of an optimiser on one weight, as PyTorch's classes of the same names take it.
 *
 * <p>DJL's optimisers do not serve: what they remember cannot be read, so that no training could be
 * resumed, and their momentum has the learning rate inside, so that a schedule gives other steps
 * than PyTorch's.
 *
 * <p>Safe for use by several threads on different weights.
 */
public abstract sealed class WeightUpdate {

  private static final double MOMENTUM = 0.9;
  private static final double BETA_1 = 0.9;

  private final Map<String, List<NDArray>> memories = new ConcurrentHashMap<>();

  /**
   * The rule for all weights but those that Muon trains, which leaves the others to AdamW.
   *
   * @param beta2 of AdamW
   */
  public static WeightUpdate of(Optimizer.Kind kind, double beta2) {
    return kind == Optimizer.Kind.SGD ? new Sgd(MOMENTUM) : new AdamW(BETA_1, beta2);
  }

  /** How many arrays of a weight's shape are remembered for each weight. */
  abstract int memorySize();

  /**
   * Changes a weight.
   *
   * @param step from 1 on
   */
  abstract void apply(
      NDArray weight, NDArray gradient, List<NDArray> memory, int step, double rate, double decay);

  final void apply(
      String name,
      NDArray weight,
      NDArray gradient,
      NDManager owner,
      int step,
      double rate,
      double decay) {
    List<NDArray> memory =
        memories.computeIfAbsent(
            name,
            unused -> {
              List<NDArray> zeros = new ArrayList<>();
              for (int i = 0; i < memorySize(); i++) {
                zeros.add(owner.zeros(weight.getShape()));
              }
              return zeros;
            });
    apply(weight, gradient, memory, step, rate, decay);
  }

  /** What is remembered, by the weight's name and a number. */
  final Map<String, float[]> memory() {
    Map<String, float[]> values = new TreeMap<>();
    memories.forEach(
        (name, arrays) -> {
          for (int i = 0; i < arrays.size(); i++) {
            values.put(name + "#" + i, arrays.get(i).toFloatArray());
          }
        });
    return values;
  }

  /** Goes on from what {@link #memory} gave. */
  final void restore(Map<String, float[]> values, Map<String, NDArray> weights, NDManager owner) {
    weights.forEach(
        (name, weight) -> {
          List<NDArray> arrays = new ArrayList<>();
          for (int i = 0; i < memorySize(); i++) {
            float[] saved = values.get(name + "#" + i);
            if (saved == null) {
              return;
            }
            arrays.add(NativeCopies.of(saved, weight.getShape().getShape(), owner));
          }
          memories.put(name, arrays);
        });
  }

  /** Adds a multiple of one array to another. */
  private static void addScaled(NDArray to, NDArray of, double factor) {
    try (NDArray scaled = of.mul(factor)) {
      to.addi(scaled);
    }
  }

  /** Stochastic gradient descent with momentum; weight decay is added to the gradient. */
  public static final class Sgd extends WeightUpdate {

    private final double momentum;

    /**
     * @param momentum in [0, 1)
     */
    public Sgd(double momentum) {
      this.momentum = momentum;
    }

    @Override
    int memorySize() {
      return 1;
    }

    @Override
    void apply(
        NDArray weight,
        NDArray gradient,
        List<NDArray> memory,
        int step,
        double rate,
        double decay) {
      NDArray velocity = memory.get(0);
      velocity.muli(momentum);
      velocity.addi(gradient);
      if (decay != 0) {
        addScaled(velocity, weight, decay);
      }
      addScaled(weight, velocity, -rate);
    }
  }

  /** AdamW (Loshchilov and Hutter, Decoupled Weight Decay Regularization, ICLR 2019). */
  public static final class AdamW extends WeightUpdate {

    private static final double EPSILON = 1e-8;

    private final double beta1;
    private final double beta2;

    /**
     * @param beta1 of the mean of the gradient, usually 0.9
     * @param beta2 of the mean of its square, usually 0.999
     */
    public AdamW(double beta1, double beta2) {
      this.beta1 = beta1;
      this.beta2 = beta2;
    }

    @Override
    int memorySize() {
      return 2;
    }

    @Override
    void apply(
        NDArray weight,
        NDArray gradient,
        List<NDArray> memory,
        int step,
        double rate,
        double decay) {
      if (decay != 0) {
        weight.muli(1 - rate * decay);
      }
      NDArray mean = memory.get(0);
      mean.muli(beta1);
      addScaled(mean, gradient, 1 - beta1);
      NDArray square = memory.get(1);
      square.muli(beta2);
      try (NDArray squared = gradient.square()) {
        addScaled(square, squared, 1 - beta2);
      }
      try (NDArray root = square.sqrt()) {
        root.muli(1 / Math.sqrt(1 - Math.pow(beta2, step)));
        root.addi(EPSILON);
        try (NDArray direction = mean.div(root)) {
          addScaled(weight, direction, -rate / (1 - Math.pow(beta1, step)));
        }
      }
    }
  }

  /**
   * Muon (Jordan et al., Muon: An optimizer for hidden layers in neural networks, 2024), for
   * kernels that are normalised and so have no scale of their own, only a direction. The step is
   * the momentum with all its singular values made nearly one; the kernel is brought to the norm
   * sqrt(rows) before it.
   *
   * <p>No optimiser of DJL is like it. Small random networks need about half the steps of AdamW.
   */
  public static final class Muon extends WeightUpdate {

    private static final int ITERATIONS = 5;

    private final double momentum;
    private final double scale;

    /**
     * @param momentum in [0, 1)
     * @param scale the step of a kernel, as a multiple of the learning rate
     */
    public Muon(double momentum, double scale) {
      this.momentum = momentum;
      this.scale = scale;
    }

    @Override
    int memorySize() {
      return 1;
    }

    @Override
    void apply(
        NDArray weight,
        NDArray gradient,
        List<NDArray> memory,
        int step,
        double rate,
        double decay) {
      NDArray velocity = memory.get(0);
      velocity.muli(momentum);
      velocity.addi(gradient);
      long rows = weight.getShape().get(0);
      try (NDManager scope = weight.getManager().newSubManager()) {
        NDArray ahead = velocity.mul(momentum);
        ahead.attach(scope);
        ahead.addi(gradient);
        NDArray direction = orthogonal(ahead.reshape(rows, -1));
        NDArray squares = weight.square();
        squares.attach(scope);
        double norm = Math.sqrt(squares.sum().getFloat());
        weight.muli(Math.sqrt((double) rows) / norm);
        addScaled(weight, direction.reshape(weight.getShape()), -rate * scale);
      }
    }

    /** The fifth-order Newton-Schulz iteration with Jordan's coefficients. */
    private static NDArray orthogonal(NDArray matrix) {
      NDArray x = matrix.div(Math.sqrt(matrix.square().sum().getFloat()) + 1e-12);
      for (int i = 0; i < ITERATIONS; i++) {
        NDArray a = x.matMul(x.transpose());
        NDArray b = a.mul(-4.7750f).add(a.matMul(a).mul(2.0315f));
        x = x.mul(3.4445f).add(b.matMul(x));
      }
      return x;
    }
  }
}
