package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.iaa4j.wsss.internal.onnx.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Convolutions, matrix products, pooling and normalisation. */
final class Layers {

  private Layers() {}

  static void addTo(Map<String, Operator> operators) {
    operators.put("Conv", Layers::convolution);
    operators.put("MatMul", call -> one(call.array(0).matMul(call.array(1))));
    operators.put("Gemm", Layers::gemm);
    operators.put("MaxPool", Layers::maxPool);
    operators.put("AveragePool", Layers::averagePool);
    operators.put("BatchNormalization", Layers::batchNormalization);
    operators.put("LayerNormalization", Layers::layerNormalization);
    operators.put("GroupNormalization", Layers::groupNormalization);
    operators.put("InstanceNormalization", Layers::instanceNormalization);
  }

  /** Where a window stands: for each spatial axis. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Window(
      long[] kernel, long[] strides, long[] dilations, long[] before, long[] after) {

    static Window of(Node node, long[] shape, long[] kernel) {
      int axes = kernel.length;
      long[] ones = new long[axes];
      Arrays.fill(ones, 1);
      long[] strides = node.integers("strides", ones);
      long[] dilations = node.integers("dilations", ones);
      long[] pads = node.integers("pads", new long[2 * axes]);
      long[] before = Arrays.copyOfRange(pads, 0, axes);
      long[] after = Arrays.copyOfRange(pads, axes, 2 * axes);
      String auto = node.text("auto_pad", "NOTSET");
      if (auto.startsWith("SAME")) {
        for (int i = 0; i < axes; i++) {
          long length = shape[i + 2];
          long reach = (kernel[i] - 1) * dilations[i] + 1;
          long steps = (length + strides[i] - 1) / strides[i];
          long all = Math.max(0, (steps - 1) * strides[i] + reach - length);
          before[i] = auto.equals("SAME_LOWER") ? (all + 1) / 2 : all / 2;
          after[i] = all - before[i];
        }
      }
      return new Window(kernel, strides, dilations, before, after);
    }

    boolean isEven() {
      return Arrays.equals(before, after);
    }

    boolean isDilated() {
      return Arrays.stream(dilations).anyMatch(dilation -> dilation > 1);
    }

    long[] none() {
      return new long[kernel.length];
    }

    /** The images with the window's borders. */
    NDArray pad(NDArray x, double value) {
      int axes = kernel.length;
      long[] pads = new long[2 * (axes + 2)];
      System.arraycopy(before, 0, pads, 2, axes);
      System.arraycopy(after, 0, pads, axes + 4, axes);
      return Movement.padded(x, pads, value);
    }
  }

  private static List<Value> convolution(Call call) {
    NDArray x = call.array(0);
    NDArray weight = call.array(1);
    long[] kernel = Arrays.copyOfRange(call.shape(1), 2, call.shape(1).length);
    Window window = Window.of(call.node(), call.shape(0), kernel);
    long[] padding = window.before();
    if (!window.isEven()) {
      x = call.temporary(window.pad(x, 0));
      padding = window.none();
    }
    NDArray bias = call.has(2) ? call.array(2) : null;
    int groups = (int) call.node().integer("group", 1);
    if (groups == call.shape(0)[1] && isOfPhases(window, padding, x.getShape())) {
      return one(convolvedPhases(call, x, weight, bias, window, padding));
    }
    return one(convolved(x, weight, bias, window.strides(), padding, window.dilations(), groups));
  }

  private static NDArray convolved(
      NDArray x,
      NDArray weight,
      @Nullable NDArray bias,
      long[] strides,
      long[] padding,
      long[] dilations,
      int groups) {
    return x.getNDArrayInternal()
        .convolution(
            x, weight, bias, new Shape(strides), new Shape(padding), new Shape(dilations), groups)
        .singletonOrThrow();
  }

  /** Whether a dilated window meets only every n-th row and column, so that none mix. */
  private static boolean isOfPhases(Window window, long[] padding, Shape shape) {
    return window.kernel().length == 2
        && window.isDilated()
        && IntStream.range(0, 2)
            .allMatch(
                i ->
                    window.strides()[i] == 1
                        && padding[i] % window.dilations()[i] == 0
                        && shape.get(i + 2) % window.dilations()[i] == 0
                        && 2 * padding[i] == (window.kernel()[i] - 1) * window.dilations()[i]);
  }

  /**
   * A dilated depthwise convolution as one without dilation, of every n-th row and column. The sums
   * are the same. PyTorch has no fast kernel for the gradients of the former.
   */
  private static NDArray convolvedPhases(
      Call call, NDArray x, NDArray weight, @Nullable NDArray bias, Window window, long[] padding) {
    Shape shape = x.getShape();
    long images = shape.get(0);
    long channels = shape.get(1);
    long down = window.dilations()[0];
    long across = window.dilations()[1];
    long height = shape.get(2) / down;
    long width = shape.get(3) / across;
    NDArray split =
        call.temporary(Movement.reshape(x, images, channels, height, down, width, across));
    NDArray sorted = call.temporary(split.transpose(3, 5, 0, 1, 2, 4));
    NDArray phases =
        call.temporary(Movement.reshape(sorted, down * across * images, channels, height, width));
    long[] none = {1, 1};
    long[] rows = {padding[0] / down, padding[1] / across};
    NDArray made =
        call.temporary(convolved(phases, weight, bias, none, rows, none, (int) channels));
    long filters = made.getShape().get(1);
    NDArray apart =
        call.temporary(Movement.reshape(made, down, across, images, filters, height, width));
    NDArray woven = call.temporary(apart.transpose(2, 3, 4, 0, 5, 1));
    return Movement.reshape(woven, images, filters, height * down, width * across);
  }

  private static List<Value> gemm(Call call) {
    Node node = call.node();
    NDArray a = turned(call, 0, "transA");
    NDArray b = turned(call, 1, "transB");
    NDArray product = a.matMul(b);
    if (node.number("alpha", 1) != 1) {
      product = call.temporary(product).mul(call.number(node.number("alpha", 1)));
    }
    if (!call.has(2)) {
      return one(product);
    }
    NDArray c = call.array(2);
    if (node.number("beta", 1) != 1) {
      c = call.temporary(c.mul(call.number(node.number("beta", 1))));
    }
    return one(call.temporary(product).add(c));
  }

  private static NDArray turned(Call call, int index, String attribute) {
    NDArray matrix = call.array(index);
    return call.node().integer(attribute, 0) == 0 ? matrix : call.temporary(matrix.transpose(1, 0));
  }

  private static List<Value> maxPool(Call call) {
    NDArray x = call.array(0);
    Window window = Window.of(call.node(), call.shape(0), kernel(call));
    if (window.isDilated()) {
      return one(dilatedMaximum(call, call.temporary(window.pad(x, -Float.MAX_VALUE)), window));
    }
    long[] padding = window.before();
    if (!window.isEven()) {
      x = call.temporary(window.pad(x, -Float.MAX_VALUE));
      padding = window.none();
    }
    return one(
        x.getNDArrayInternal()
            .maxPool(
                new Shape(window.kernel()),
                new Shape(window.strides()),
                new Shape(padding),
                call.node().integer("ceil_mode", 0) != 0));
  }

  private static long[] kernel(Call call) {
    long[] kernel = call.node().integers("kernel_shape");
    if (kernel == null) {
      throw new IllegalArgumentException("it has no kernel_shape");
    }
    return kernel;
  }

  /** DJL's pooling has no dilation, so this compares the image with its own shifts. */
  private static NDArray dilatedMaximum(Call call, NDArray padded, Window window) {
    NDArray largest = null;
    long rows = window.kernel()[0];
    long columns = window.kernel()[1];
    for (long tap = 0; tap < rows * columns; tap++) {
      NDArray shifted = padded;
      for (int axis = 0; axis < 2; axis++) {
        long length = padded.getShape().get(axis + 2);
        long reach = (window.kernel()[axis] - 1) * window.dilations()[axis];
        long from = (axis == 0 ? tap / columns : tap % columns) * window.dilations()[axis];
        shifted =
            call.temporary(
                Movement.cut(
                    shifted, axis + 2, from, length - reach + from, window.strides()[axis]));
      }
      largest =
          largest == null ? Movement.handle(shifted) : call.temporary(largest).maximum(shifted);
    }
    if (largest == null) {
      throw new IllegalArgumentException("its kernel is empty");
    }
    return largest;
  }

  private static List<Value> averagePool(Call call) {
    NDArray x = call.array(0);
    Window window = Window.of(call.node(), call.shape(0), kernel(call));
    if (window.isDilated()) {
      throw new IllegalArgumentException("dilated averages are not known");
    }
    boolean isPadded = !Arrays.equals(window.before(), window.none()) || !window.isEven();
    if (!isPadded) {
      return one(average(call, x, window));
    }
    // DJL's pooling counts its own padding whatever it is told.
    NDArray mean = average(call, call.temporary(window.pad(x, 0)), window);
    if (call.node().integer("count_include_pad", 0) != 0) {
      return one(mean);
    }
    NDArray inside = call.temporary(window.pad(call.temporary(x.onesLike()), 0));
    NDArray share = call.temporary(average(call, inside, window));
    return one(call.temporary(mean).div(share));
  }

  private static NDArray average(Call call, NDArray x, Window window) {
    return x.getNDArrayInternal()
        .avgPool(
            new Shape(window.kernel()),
            new Shape(window.strides()),
            new Shape(window.none()),
            call.node().integer("ceil_mode", 0) != 0,
            false);
  }

  private static List<Value> batchNormalization(Call call) {
    NDArray x = call.array(0);
    Node node = call.node();
    boolean isBatch = call.normalisation() == Normalisation.BATCH;
    return one(
        x.getNDArrayInternal()
            .batchNorm(
                x,
                call.array(3),
                call.array(4),
                call.array(1),
                call.array(2),
                -1, // the channel axis of PyTorch
                node.number("momentum", 0.9),
                node.number("epsilon", 1e-5),
                isBatch)
            .singletonOrThrow());
  }

  private static List<Value> layerNormalization(Call call) {
    NDArray x = call.array(0);
    long[] shape = call.shape(0);
    int axis = Axes.of(call.node().integer("axis", -1), shape.length);
    long[] normalised = Arrays.copyOfRange(shape, axis, shape.length);
    NDArray shift =
        call.has(2)
            ? call.array(2)
            : call.numbers(
                new float[(int) Axes.product(normalised, 0, normalised.length)], normalised);
    return one(
        x.getNDArrayInternal()
            .layerNorm(
                x, new Shape(normalised), call.array(1), shift, call.node().number("epsilon", 1e-5))
            .singletonOrThrow());
  }

  private static List<Value> instanceNormalization(Call call) {
    return one(grouped(call, call.shape(0)[1], call.array(1), call.array(2)));
  }

  /** Until operator set 20, scale and bias are those of a group; from 21 on, of a channel. */
  private static List<Value> groupNormalization(Call call) {
    long groups = call.node().integer("num_groups", 1);
    long channels = call.shape(0)[1];
    NDArray scale = call.array(1);
    NDArray bias = call.array(2);
    if (call.node().opset() < 21) {
      scale = call.temporary(scale.repeat(channels / groups));
      bias = call.temporary(bias.repeat(channels / groups));
    }
    return one(grouped(call, groups, scale, bias));
  }

  private static NDArray grouped(Call call, long groups, NDArray scale, NDArray bias) {
    NDArray x = call.array(0);
    long[] shape = call.shape(0);
    NDArray rows = call.temporary(Movement.reshape(x, shape[0], groups, -1));
    long length = rows.getShape().get(2);
    NDArray normal =
        call.temporary(
            rows.getNDArrayInternal()
                .layerNorm(
                    rows,
                    new Shape(length),
                    call.temporary(ones(call, length)),
                    call.numbers(new float[(int) length], length),
                    call.node().number("epsilon", 1e-5))
                .singletonOrThrow());
    long[] perChannel = new long[shape.length];
    Arrays.fill(perChannel, 1);
    perChannel[1] = shape[1];
    NDArray shaped = call.temporary(Movement.reshape(normal, shape));
    NDArray scaled =
        call.temporary(shaped.mul(call.temporary(Movement.reshape(scale, perChannel))));
    return scaled.add(call.temporary(Movement.reshape(bias, perChannel)));
  }

  private static NDArray ones(Call call, long length) {
    return call.scope().ones(new Shape(length));
  }
}
