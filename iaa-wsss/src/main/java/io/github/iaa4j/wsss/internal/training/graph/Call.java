package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A node about to be computed: its inputs, and the arrays that end with it. */
final class Call implements AutoCloseable {

  private final Node node;
  private final List<@Nullable Value> inputs;
  private final @Nullable NDManager scope;
  private final Normalisation normalisation;
  private final List<NDArray> temporaries = new ArrayList<>();

  /**
   * @param scope owns what is made in PyTorch's memory; null where nothing is
   */
  Call(
      Node node,
      List<@Nullable Value> inputs,
      @Nullable NDManager scope,
      Normalisation normalisation) {
    this.node = node;
    this.inputs = inputs;
    this.scope = scope;
    this.normalisation = normalisation;
  }

  Node node() {
    return node;
  }

  /** Whose statistics batch normalisation uses. */
  Normalisation normalisation() {
    return normalisation;
  }

  /** How many inputs there are, those that are left out among them. */
  int count() {
    return inputs.size();
  }

  boolean has(int index) {
    return index < inputs.size() && inputs.get(index) != null;
  }

  private Value value(int index) {
    Value value = index < inputs.size() ? inputs.get(index) : null;
    if (value == null) {
      throw new IllegalArgumentException("its input " + index + " is missing");
    }
    return value;
  }

  long[] shape(int index) {
    return value(index).shape();
  }

  boolean isAllHost() {
    return inputs.stream().noneMatch(value -> value instanceof Value.Device);
  }

  /** An input in PyTorch's memory; what is in Java's is copied there. */
  NDArray array(int index) {
    Value value = value(index);
    return value instanceof Value.Device device
        ? device.array()
        : temporary(NativeCopies.of(((Value.Host) value).tensor(), scope()));
  }

  /** An input in Java's memory; what is in PyTorch's is copied from there. */
  HostTensor host(int index) {
    Value value = value(index);
    return value instanceof Value.Host host ? host.tensor() : host(((Value.Device) value).array());
  }

  private static HostTensor host(NDArray array) {
    long[] shape = array.getShape().getShape();
    double[] values = new double[(int) array.size()];
    if (array.getDataType() == DataType.FLOAT32) {
      float[] floats = array.toFloatArray();
      for (int i = 0; i < values.length; i++) {
        values[i] = floats[i];
      }
      return new HostTensor(HostTensor.Type.FLOAT, shape, values);
    }
    Number[] numbers = array.toType(DataType.INT64, true).toArray();
    for (int i = 0; i < values.length; i++) {
      values[i] = numbers[i].doubleValue();
    }
    return new HostTensor(
        array.getDataType() == DataType.BOOLEAN ? HostTensor.Type.BOOLEAN : HostTensor.Type.INTEGER,
        shape,
        values);
  }

  /** The integers of an input, or of an attribute where older operator sets have them. */
  long @Nullable [] integers(int index, String attribute) {
    return has(index) ? host(index).longs() : node.integers(attribute);
  }

  /** Has an array closed when the node is computed. */
  NDArray temporary(NDArray array) {
    temporaries.add(array);
    return array;
  }

  /**
   * A number as an array in PyTorch's own memory, for the reason that {@link NativeCopies} states.
   */
  NDArray number(double value) {
    return temporary(scope().full(new Shape(), (float) value));
  }

  /** Numbers as an array that ends with the node. */
  NDArray numbers(float[] values, long... shape) {
    return temporary(NativeCopies.of(values, shape, scope()));
  }

  /** Integers as an array that ends with the node. */
  NDArray indices(long... values) {
    return temporary(NativeCopies.of(values, new long[] {values.length}, scope()));
  }

  NDManager scope() {
    return Objects.requireNonNull(scope, "scope");
  }

  @Override
  public void close() {
    temporaries.forEach(NDArray::close);
  }
}
