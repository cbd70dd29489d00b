package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/** Sums, means and maxima over axes, and softmax. */
final class Reductions {

  private Reductions() {}

  static void addTo(Map<String, Operator> operators) {
    operators.put("ReduceSum", call -> one(sum(call, call.array(0))));
    operators.put("ReduceMean", Reductions::mean);
    operators.put("ReduceMax", call -> one(extremum(call, true)));
    operators.put("ReduceMin", call -> one(extremum(call, false)));
    operators.put("ReduceL2", Reductions::norm);
    operators.put(
        "GlobalAveragePool", call -> overSpace(call, rows -> rows.mean(new int[] {2}, true)));
    operators.put("GlobalMaxPool", call -> overSpace(call, rows -> rows.max(new int[] {2}, true)));
    operators.put("Softmax", call -> softmax(call, x -> x.softmax(x.getShape().dimension() - 1)));
    operators.put(
        "LogSoftmax", call -> softmax(call, x -> x.logSoftmax(x.getShape().dimension() - 1)));
  }

  private static int[] axes(Call call) {
    int rank = call.shape(0).length;
    long[] axes = call.integers(1, "axes");
    if (axes != null && axes.length > 0) {
      return Axes.of(axes, rank);
    }
    return call.node().integer("noop_with_empty_axes", 0) != 0
        ? new int[0]
        : IntStream.range(0, rank).toArray();
  }

  private static boolean keeps(Call call) {
    return call.node().integer("keepdims", 1) != 0;
  }

  private static NDArray sum(Call call, NDArray x) {
    int[] axes = axes(call);
    return axes.length == 0 ? Movement.handle(x) : x.sum(axes, keeps(call));
  }

  /** DJL averages over one axis only, so this divides the sum. */
  private static List<Value> mean(Call call) {
    int[] axes = axes(call);
    long count = 1;
    for (int axis : axes) {
      count *= call.shape(0)[axis];
    }
    return one(call.temporary(sum(call, call.array(0))).div(call.number((double) count)));
  }

  private static NDArray extremum(Call call, boolean isMaximum) {
    int[] axes = axes(call);
    Arrays.sort(axes);
    NDArray result = Movement.handle(call.array(0));
    for (int i = axes.length - 1; i >= 0; i--) {
      int[] axis = {axes[i]};
      call.temporary(result);
      result = isMaximum ? result.max(axis, keeps(call)) : result.min(axis, keeps(call));
    }
    return result;
  }

  private static List<Value> norm(Call call) {
    return one(call.temporary(sum(call, call.temporary(call.array(0).square()))).sqrt());
  }

  /** Reduces each channel of each image, all its pixels in a row. */
  private static List<Value> overSpace(Call call, UnaryOperator<NDArray> ofRows) {
    long[] shape = call.shape(0);
    NDArray rows = call.temporary(Movement.reshape(call.array(0), shape[0], shape[1], -1));
    NDArray reduced = call.temporary(ofRows.apply(rows));
    return one(Movement.reshape(reduced, pooled(shape)));
  }

  private static long[] pooled(long[] shape) {
    long[] pooled = new long[shape.length];
    Arrays.fill(pooled, 1);
    pooled[0] = shape[0];
    pooled[1] = shape[1];
    return pooled;
  }

  /** Before operator set 13, softmax is over all axes from the given one on. */
  private static List<Value> softmax(Call call, UnaryOperator<NDArray> ofLastAxis) {
    NDArray x = call.array(0);
    long[] shape = call.shape(0);
    boolean isFlat = call.node().opset() < 13;
    int axis = Axes.of(call.node().integer("axis", isFlat ? 1 : -1), shape.length);
    if (axis == shape.length - 1) {
      return one(ofLastAxis.apply(x));
    }
    if (isFlat) {
      NDArray rows = call.temporary(Movement.reshape(x, Axes.product(shape, 0, axis), -1));
      return one(Movement.reshape(call.temporary(ofLastAxis.apply(rows)), shape));
    }
    NDArray last = call.temporary(x.swapAxes(axis, shape.length - 1));
    return one(call.temporary(ofLastAxis.apply(last)).swapAxes(axis, shape.length - 1));
  }
}
