package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;

/**
 * Copies in PyTorch's own memory. A plain {@code create} wraps Java's, which the collector would
 * free while the backward pass still reads it.
 */
final class NativeCopies {

  private NativeCopies() {}

  static NDArray of(float[] values, long[] shape, NDManager owner) {
    return copied(owner.create(values, new Shape(shape)));
  }

  static NDArray of(long[] values, long[] shape, NDManager owner) {
    return copied(owner.create(values, new Shape(shape)));
  }

  static NDArray of(HostTensor tensor, NDManager owner) {
    return switch (tensor.type()) {
      case INTEGER -> of(tensor.longs(), tensor.shape(), owner);
      case BOOLEAN -> copied(owner.create(booleans(tensor), new Shape(tensor.shape())));
      case FLOAT, DOUBLE -> of(tensor.floats(), tensor.shape(), owner);
    };
  }

  private static boolean[] booleans(HostTensor tensor) {
    boolean[] values = new boolean[tensor.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = tensor.values()[i] != 0;
    }
    return values;
  }

  private static NDArray copied(NDArray wrapped) {
    try (wrapped) {
      return wrapped.duplicate();
    }
  }
}
