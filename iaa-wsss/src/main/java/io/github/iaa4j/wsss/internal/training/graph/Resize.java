package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import ai.djl.ndarray.NDArray;
import io.github.iaa4j.wsss.internal.onnx.Node;
import io.github.iaa4j.wsss.internal.onnx.ResizeWeights;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Resize, as a product with a matrix of weights along each axis that changes. DJL's own
 * interpolation widens its filter when it shrinks and ignores where ONNX puts the corners.
 */
final class Resize {

  private Resize() {}

  static List<Value> apply(Call call) {
    NDArray x = call.array(0);
    int rank = call.shape(0).length;
    Node node = call.node();
    long[] listed = node.integers("axes");
    int[] axes = listed == null ? IntStream.range(0, rank).toArray() : Axes.of(listed, rank);
    boolean hasSizes = call.has(3) && call.host(3).size() > 0;
    ResizeWeights weights = ResizeWeights.of(node);
    if (hasSizes && !node.text("keep_aspect_ratio_policy", "stretch").equals("stretch")) {
      throw new IllegalArgumentException("only keep_aspect_ratio_policy stretch is known");
    }
    for (int i = 0; i < axes.length; i++) {
      long length = x.getShape().get(axes[i]);
      long wanted =
          hasSizes
              ? call.host(3).longs()[i]
              : (long) Math.floor(length * (float) call.host(2).values()[i]);
      double scale = hasSizes ? (double) wanted / length : call.host(2).values()[i];
      if (wanted != length || scale != 1) {
        x = call.temporary(along(call, x, axes[i], weights.matrix(length, wanted, scale)));
      }
    }
    return one(Movement.handle(x));
  }

  /** Multiplies an axis of a length by a matrix {@code [to, from]}. */
  private static NDArray along(Call call, NDArray x, int axis, float[][] matrix) {
    int to = matrix.length;
    int from = matrix[0].length;
    float[] turned = new float[from * to];
    for (int i = 0; i < to; i++) {
      for (int j = 0; j < from; j++) {
        turned[j * to + i] = matrix[i][j];
      }
    }
    int last = x.getShape().dimension() - 1;
    NDArray rows = axis == last ? x : call.temporary(x.swapAxes(axis, last));
    NDArray product = rows.matMul(call.numbers(turned, from, to));
    return axis == last ? product : call.temporary(product).swapAxes(axis, last);
  }
}
