package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Operators that move elements: shapes, slices, joins. */
final class Movement {

  private Movement() {}

  static void addTo(Map<String, Operator> operators) {
    operators.put("Identity", call -> one(handle(call.array(0))));
    operators.put("Dropout", call -> one(handle(call.array(0))));
    operators.put("Reshape", call -> one(reshape(call.array(0), reshaped(call))));
    operators.put("Flatten", call -> one(reshape(call.array(0), flattened(call))));
    operators.put("Unsqueeze", call -> one(reshape(call.array(0), unsqueezed(call))));
    operators.put("Squeeze", call -> one(reshape(call.array(0), squeezed(call))));
    operators.put("Transpose", call -> one(call.array(0).transpose(permutation(call))));
    operators.put("Concat", Movement::concat);
    operators.put("Split", Movement::split);
    operators.put("Slice", Movement::slice);
    operators.put("Gather", Movement::gather);
    operators.put(
        "Expand",
        call -> one(broadcast(call.array(0), Axes.broadcast(call.shape(0), call.host(1).longs()))));
    operators.put("Tile", Movement::tile);
    operators.put("Pad", Movement::pad);
  }

  /** Another handle of the same array, so that each can be closed by itself. */
  static NDArray handle(NDArray array) {
    return array.reshape(array.getShape());
  }

  static NDArray reshape(NDArray array, long... shape) {
    return array.reshape(new Shape(shape));
  }

  static NDArray broadcast(NDArray array, long... shape) {
    return Arrays.equals(array.getShape().getShape(), shape)
        ? handle(array)
        : array.broadcast(new Shape(shape));
  }

  static HostTensor.Type hostType(long elementType) {
    TensorProto.DataType type = TensorProto.DataType.forNumber((int) elementType);
    if (type == TensorProto.DataType.FLOAT16 || type == TensorProto.DataType.BFLOAT16) {
      throw new IllegalArgumentException("it converts to " + type + "; training needs float32");
    }
    return HostTensor.Type.of((int) elementType);
  }

  static long[] reshaped(Call call) {
    return Axes.reshaped(
        call.shape(0), call.host(1).longs(), call.node().integer("allowzero", 0) != 0);
  }

  static long[] flattened(Call call) {
    long[] shape = call.shape(0);
    int axis = Axes.of(call.node().integer("axis", 1), shape.length);
    return new long[] {Axes.product(shape, 0, axis), Axes.product(shape, axis, shape.length)};
  }

  static long[] unsqueezed(Call call) {
    long[] axes = call.integers(1, "axes");
    return Axes.unsqueezed(call.shape(0), axes == null ? new long[0] : axes);
  }

  static long[] squeezed(Call call) {
    return Axes.squeezed(call.shape(0), call.integers(1, "axes"));
  }

  /** The dimensions' order; reversed where none is given. */
  static int[] permutation(Call call) {
    int rank = call.shape(0).length;
    long[] order = call.node().integers("perm");
    return order == null
        ? IntStream.range(0, rank).map(i -> rank - 1 - i).toArray()
        : Arrays.stream(order).mapToInt(axis -> (int) axis).toArray();
  }

  private static List<Value> concat(Call call) {
    NDList parts = new NDList();
    for (int i = 0; i < call.count(); i++) {
      parts.add(call.array(i));
    }
    return one(
        NDArrays.concat(parts, Axes.of(call.node().integer("axis", 0), call.shape(0).length)));
  }

  private static List<Value> split(Call call) {
    NDArray array = call.array(0);
    int axis = Axes.of(call.node().integer("axis", 0), call.shape(0).length);
    List<Value> parts = new ArrayList<>();
    long start = 0;
    for (long length : Axes.splitLengths(call, call.shape(0)[axis])) {
      parts.add(new Value.Device(cut(array, axis, start, start + length, 1)));
      start += length;
    }
    return parts;
  }

  /** Every {@code step}-th of the elements from {@code start} to before {@code end} of an axis. */
  static NDArray cut(NDArray array, int axis, long start, long end, long step) {
    NDIndex index = new NDIndex();
    for (int i = 0; i < axis; i++) {
      index.addAllDim();
    }
    return array.get(index.addSliceDim(start, end, step));
  }

  private static List<Value> slice(Call call) {
    NDArray array = call.array(0);
    Axes.Slices slices = Axes.Slices.of(call);
    for (int i = 0; i < slices.axes().length; i++) {
      int axis = slices.axes()[i];
      long length = array.getShape().get(axis);
      long step = slices.steps()[i];
      long[] positions = Axes.sliced(length, slices.starts()[i], slices.ends()[i], step);
      boolean isWhole = positions.length == length && step == 1;
      if (isWhole) {
        continue;
      }
      array =
          call.temporary(
              step > 0 && positions.length > 0
                  ? cut(array, axis, positions[0], positions[positions.length - 1] + 1, step)
                  : take(call, array, axis, positions));
    }
    return one(handle(array));
  }

  /** The shape of Gather's result. */
  static long[] gathered(long[] shape, int axis, long[] indexShape) {
    long[] result = new long[shape.length - 1 + indexShape.length];
    System.arraycopy(shape, 0, result, 0, axis);
    System.arraycopy(indexShape, 0, result, axis, indexShape.length);
    System.arraycopy(shape, axis + 1, result, axis + indexShape.length, shape.length - 1 - axis);
    return result;
  }

  private static List<Value> gather(Call call) {
    HostTensor indices = call.host(1);
    long[] shape = call.shape(0);
    int axis = Axes.of(call.node().integer("axis", 0), shape.length);
    long[] positions = Axes.positions(indices.longs(), shape[axis]);
    NDArray taken = call.temporary(take(call, call.array(0), axis, positions));
    return one(reshape(taken, gathered(shape, axis, indices.shape())));
  }

  /** The elements at some positions of an axis, in any order and number. */
  static NDArray take(Call call, NDArray array, int axis, long... positions) {
    if (positions.length == 1) {
      return cut(array, axis, positions[0], positions[0] + 1, 1);
    }
    long[] shape = array.getShape().getShape();
    NDArray front = axis == 0 ? array : call.temporary(array.swapAxes(0, axis));
    long[] frontShape = front.getShape().getShape();
    NDArray rows = call.temporary(reshape(front, shape[axis], -1));
    NDArray taken =
        call.temporary(
            rows.getNDArrayInternal()
                .embedding(call.indices(positions), rows, SparseFormat.DENSE)
                .singletonOrThrow());
    frontShape[0] = positions.length;
    NDArray result = reshape(taken, frontShape);
    return axis == 0 ? result : call.temporary(result).swapAxes(0, axis);
  }

  private static List<Value> tile(Call call) {
    return one(call.array(0).tile(call.host(1).longs()));
  }

  private static List<Value> pad(Call call) {
    long[] given = call.integers(1, "pads");
    if (given == null) {
      throw new IllegalArgumentException("it has no pads");
    }
    int rank = call.shape(0).length;
    long[] pads = new long[2 * rank];
    int[] axes =
        call.has(3) ? Axes.of(call.host(3).longs(), rank) : IntStream.range(0, rank).toArray();
    for (int i = 0; i < axes.length; i++) {
      pads[axes[i]] = given[i];
      pads[rank + axes[i]] = given[axes.length + i];
    }
    String mode = call.node().text("mode", "constant");
    if (mode.equals("constant")) {
      double value = call.has(2) ? call.host(2).first() : call.node().number("value", 0);
      return one(padded(cropped(call, pads), pads, value));
    }
    NDArray array = call.array(0);
    for (int axis = 0; axis < rank; axis++) {
      if (pads[axis] != 0 || pads[rank + axis] != 0) {
        long[] positions =
            bordered(mode, array.getShape().get(axis), pads[axis], pads[rank + axis]);
        array = call.temporary(take(call, array, axis, positions));
      }
    }
    return one(handle(array));
  }

  /** Cuts off where pads are negative, and leaves them at 0. */
  private static NDArray cropped(Call call, long[] pads) {
    NDArray array = call.array(0);
    int rank = pads.length / 2;
    for (int axis = 0; axis < rank; axis++) {
      long before = Math.max(0, -pads[axis]);
      long after = Math.max(0, -pads[rank + axis]);
      if (before + after > 0) {
        long length = array.getShape().get(axis);
        array = call.temporary(cut(array, axis, before, length - after, 1));
      }
      pads[axis] = Math.max(0, pads[axis]);
      pads[rank + axis] = Math.max(0, pads[rank + axis]);
    }
    return array;
  }

  private static long[] bordered(String mode, long length, long before, long after) {
    long[] positions = new long[(int) (before + length + after)];
    for (int i = 0; i < positions.length; i++) {
      long at = i - before;
      positions[i] =
          switch (mode) {
            case "reflect" -> {
              long period = Math.max(1, 2 * (length - 1));
              long folded = Math.floorMod(at, period);
              yield folded < length ? folded : period - folded;
            }
            case "edge" -> Math.max(0, Math.min(length - 1, at));
            case "wrap" -> Math.floorMod(at, length);
            default -> throw new IllegalArgumentException("its mode " + mode + " is not known");
          };
    }
    return positions;
  }

  /**
   * Pads with a constant.
   *
   * @param pads for each axis before, then for each axis after, at least 0
   */
  static NDArray padded(NDArray array, long[] pads, double value) {
    int rank = pads.length / 2;
    // PyTorch counts from the last axis.
    long[] turned = new long[pads.length];
    for (int axis = 0; axis < rank; axis++) {
      turned[2 * (rank - 1 - axis)] = pads[axis];
      turned[2 * (rank - 1 - axis) + 1] = pads[rank + axis];
    }
    return array.pad(new Shape(turned), value);
  }
}
