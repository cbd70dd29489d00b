package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.IntUnaryOperator;

/** Operators that move the elements of tensors in Java's memory. */
final class HostMovement {

  private HostMovement() {}

  static void addTo(Map<String, Operator> operators) {
    operators.put("Constant", call -> one(call.node().constant()));
    operators.put("ConstantOfShape", HostMovement::constantOfShape);
    operators.put("Shape", HostMovement::shape);
    operators.put("Size", HostMovement::size);
    operators.put("Identity", call -> one(call.host(0)));
    operators.put("Reshape", call -> one(call.host(0).reshaped(Movement.reshaped(call))));
    operators.put("Unsqueeze", call -> one(call.host(0).reshaped(Movement.unsqueezed(call))));
    operators.put("Squeeze", call -> one(call.host(0).reshaped(Movement.squeezed(call))));
    operators.put("Flatten", call -> one(call.host(0).reshaped(Movement.flattened(call))));
    operators.put("Gather", HostMovement::gather);
    operators.put("Concat", HostMovement::concat);
    operators.put("Slice", HostMovement::slice);
    operators.put("Split", HostMovement::split);
    operators.put("Transpose", HostMovement::transpose);
    operators.put(
        "Expand",
        call -> one(expanded(call.host(0), Axes.broadcast(call.shape(0), call.host(1).longs()))));
    operators.put("Tile", HostMovement::tile);
  }

  private static List<Value> constantOfShape(Call call) {
    HostTensor value = call.node().tensor("value");
    long[] shape = call.host(0).longs();
    return one(
        value == null
            ? HostTensor.filled(HostTensor.Type.FLOAT, shape, 0)
            : HostTensor.filled(value.type(), shape, value.first()));
  }

  private static List<Value> shape(Call call) {
    long[] shape = call.shape(0);
    int rank = shape.length;
    int from = Math.max(0, Math.min(rank, Axes.of(call.node().integer("start", 0), rank)));
    int to = Math.max(from, Math.min(rank, Axes.of(call.node().integer("end", rank), rank)));
    return one(HostTensor.integers(Arrays.copyOfRange(shape, from, to)));
  }

  private static List<Value> size(Call call) {
    return one(
        HostTensor.scalar(
            HostTensor.Type.INTEGER,
            (double) Axes.product(call.shape(0), 0, call.shape(0).length)));
  }

  static HostTensor expanded(HostTensor tensor, long[] shape) {
    if (Arrays.equals(tensor.shape(), shape)) {
      return tensor;
    }
    int offset = shape.length - tensor.rank();
    long[] strides = strides(tensor.shape());
    return indexed(
        tensor,
        shape,
        flat -> {
          long from = 0;
          long rest = flat;
          for (int axis = shape.length - 1; axis >= 0; axis--) {
            long at = rest % shape[axis];
            rest /= shape[axis];
            if (axis >= offset && tensor.shape()[axis - offset] > 1) {
              from += at * strides[axis - offset];
            }
          }
          return (int) from;
        });
  }

  private static long[] strides(long[] shape) {
    long[] strides = new long[shape.length];
    long stride = 1;
    for (int i = shape.length - 1; i >= 0; i--) {
      strides[i] = stride;
      stride *= shape[i];
    }
    return strides;
  }

  private static HostTensor indexed(HostTensor from, long[] shape, IntUnaryOperator source) {
    double[] values = new double[HostTensor.size(shape)];
    for (int i = 0; i < values.length; i++) {
      values[i] = from.values()[source.applyAsInt(i)];
    }
    return new HostTensor(from.type(), shape, values);
  }

  /** The elements at some positions of an axis. */
  private static HostTensor taken(HostTensor tensor, int axis, long[] positions) {
    long[] shape = tensor.shape().clone();
    long length = shape[axis];
    long inner = Axes.product(shape, axis + 1, shape.length);
    shape[axis] = positions.length;
    return indexed(
        tensor,
        shape,
        flat -> {
          long in = flat % inner;
          long at = flat / inner % positions.length;
          long out = flat / inner / positions.length;
          return (int) ((out * length + positions[(int) at]) * inner + in);
        });
  }

  private static List<Value> gather(Call call) {
    HostTensor tensor = call.host(0);
    HostTensor indices = call.host(1);
    int axis = Axes.of(call.node().integer("axis", 0), tensor.rank());
    long[] positions = Axes.positions(indices.longs(), tensor.shape()[axis]);
    return one(
        taken(tensor, axis, positions)
            .reshaped(Movement.gathered(tensor.shape(), axis, indices.shape())));
  }

  private static List<Value> concat(Call call) {
    int axis = Axes.of(call.node().integer("axis", 0), call.shape(0).length);
    long[] shape = call.shape(0).clone();
    long outer = Axes.product(shape, 0, axis);
    shape[axis] = 0;
    for (int i = 0; i < call.count(); i++) {
      shape[axis] += call.shape(i)[axis];
    }
    double[] values = new double[HostTensor.size(shape)];
    int at = 0;
    for (int o = 0; o < outer; o++) {
      for (int i = 0; i < call.count(); i++) {
        HostTensor part = call.host(i);
        int length = (int) (part.size() / Math.max(1, outer));
        System.arraycopy(part.values(), o * length, values, at, length);
        at += length;
      }
    }
    return one(new HostTensor(call.host(0).type(), shape, values));
  }

  private static List<Value> slice(Call call) {
    HostTensor tensor = call.host(0);
    Axes.Slices slices = Axes.Slices.of(call);
    for (int i = 0; i < slices.axes().length; i++) {
      int axis = slices.axes()[i];
      tensor =
          taken(
              tensor,
              axis,
              Axes.sliced(
                  tensor.shape()[axis], slices.starts()[i], slices.ends()[i], slices.steps()[i]));
    }
    return one(tensor);
  }

  private static List<Value> split(Call call) {
    HostTensor tensor = call.host(0);
    int axis = Axes.of(call.node().integer("axis", 0), tensor.rank());
    List<Value> parts = new ArrayList<>();
    long start = 0;
    for (long length : Axes.splitLengths(call, tensor.shape()[axis])) {
      long from = start;
      start += length;
      parts.add(
          new Value.Host(
              taken(tensor, axis, java.util.stream.LongStream.range(from, start).toArray())));
    }
    return parts;
  }

  private static List<Value> transpose(Call call) {
    HostTensor tensor = call.host(0);
    int[] order = Movement.permutation(call);
    long[] strides = strides(tensor.shape());
    long[] shape = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      shape[i] = tensor.shape()[order[i]];
    }
    return one(
        indexed(
            tensor,
            shape,
            flat -> {
              long from = 0;
              long rest = flat;
              for (int axis = shape.length - 1; axis >= 0; axis--) {
                from += rest % shape[axis] * strides[order[axis]];
                rest /= shape[axis];
              }
              return (int) from;
            }));
  }

  private static List<Value> tile(Call call) {
    HostTensor tensor = call.host(0);
    long[] repeats = call.host(1).longs();
    for (int axis = 0; axis < repeats.length; axis++) {
      long length = tensor.shape()[axis];
      tensor =
          taken(
              tensor,
              axis,
              java.util.stream.LongStream.range(0, length * repeats[axis])
                  .map(i -> i % length)
                  .toArray());
    }
    return one(tensor);
  }
}
