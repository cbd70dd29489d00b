package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.ndarray.NDArray;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;

/** A value of a graph while it is interpreted. */
sealed interface Value {

  /** In Java's memory: shapes, integers, single numbers. */
  record Host(HostTensor tensor) implements Value {}

  /** In PyTorch's memory, perhaps with a gradient. */
  record Device(NDArray array) implements Value {}

  /** Its dimensions. */
  default long[] shape() {
    return this instanceof Host host
        ? host.tensor().shape()
        : ((Device) this).array().getShape().getShape();
  }
}
