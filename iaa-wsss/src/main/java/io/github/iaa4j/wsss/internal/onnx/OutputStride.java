package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.core.error.ConfigurationException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the feature map of a convolutional backbone finer: strides beyond a limit become one, and
 * the windows behind them are dilated to reach as far as before (Chen et al., DeepLab, TPAMI 2018).
 * At every place that the network had before, it computes the same numbers, borders aside.
 */
public final class OutputStride {

  private static final Set<String> WINDOWS = Set.of("Conv", "MaxPool", "AveragePool");

  /**
   * How fine a value is.
   *
   * @param stride pixels of the image between two elements
   * @param rate how many times finer than in the unchanged graph
   */
  private record Grid(long stride, long rate) {}

  private final OnnxModel model;
  private final int wanted;
  private final Function<String, long @Nullable []> constants;
  private final Map<String, Grid> grids = new HashMap<>();
  private final Map<String, NodeProto> changed = new HashMap<>();

  private OutputStride(OnnxModel model, int wanted, Function<String, long @Nullable []> constants) {
    this.model = model;
    this.wanted = wanted;
    this.constants = constants;
  }

  /**
   * Edits a graph.
   *
   * @param features the feature map's name
   * @param stride pixels of the image between two of its elements: 8, 16 or 32
   * @param constants the integers of a value that does not depend on the images, else null
   * @return the same model where its stride is no larger
   * @throws ConfigurationException if its windows cannot be dilated
   */
  public static OnnxModel apply(
      OnnxModel model, String features, int stride, Function<String, long @Nullable []> constants) {
    return new OutputStride(model, stride, constants).edit(features);
  }

  private OnnxModel edit(String features) {
    grids.put(model.imageInput(), new Grid(1, 1));
    for (Node node : model.ancestors(List.of(features))) {
      Grid grid =
          node.inputs().stream()
              .map(name -> grids.getOrDefault(name, new Grid(1, 1)))
              .reduce((a, b) -> a.stride() * a.rate() >= b.stride() * b.rate() ? a : b)
              .orElse(new Grid(1, 1));
      if (WINDOWS.contains(node.operator())) {
        grid = window(node, grid);
      }
      for (String output : node.outputs()) {
        grids.put(output, grid);
      }
    }
    if (changed.isEmpty()) {
      return model;
    }
    return model.edited(
        graph -> {
          for (int i = 0; i < graph.getNodeCount(); i++) {
            NodeProto replaced = changed.get(graph.getNode(i).getOutput(0));
            if (replaced != null) {
              graph.setNode(i, replaced);
            }
          }
        });
  }

  /** How many elements of its input a node steps over for each element of its output. */
  static long windowStride(Node node) {
    return WINDOWS.contains(node.operator()) ? node.integers("strides", new long[] {1})[0] : 1;
  }

  private Grid window(Node node, Grid grid) {
    long[] kernel = kernel(node);
    long[] ones = new long[kernel.length];
    Arrays.fill(ones, 1);
    long[] strides = node.integers("strides", ones);
    long stride = windowStride(node);
    boolean isTooCoarse = grid.stride() * stride > wanted;
    Grid next =
        isTooCoarse
            ? new Grid(grid.stride(), grid.rate() * stride)
            : new Grid(grid.stride() * stride, grid.rate());
    boolean reaches = Arrays.stream(kernel).anyMatch(length -> length > 1);
    if ((isTooCoarse && stride > 1) || (grid.rate() > 1 && reaches)) {
      if (isTooCoarse && grid.stride() == 1) {
        throw new ConfigurationException(
            model.file()
                + ": its output stride cannot become "
                + wanted
                + ", because the node "
                + node.name()
                + " alone has a stride of "
                + stride
                + ". Leave outputStride unset.");
      }
      changed.put(
          node.outputs().get(0), dilated(node, kernel, isTooCoarse ? ones : strides, grid.rate()));
    }
    return next;
  }

  private long[] kernel(Node node) {
    long[] kernel = node.integers("kernel_shape");
    if (kernel != null) {
      return kernel;
    }
    TensorProto weight = model.initializers().get(node.input(1));
    if (weight == null) {
      throw new ConfigurationException(
          model.file()
              + ": the kernel of "
              + node.name()
              + " has no fixed size, so its stride"
              + " cannot be changed. Leave outputStride unset.");
    }
    long[] shape = HostTensor.shape(weight);
    return Arrays.copyOfRange(shape, 2, shape.length);
  }

  private NodeProto dilated(Node node, long[] kernel, long[] strides, long rate) {
    int axes = kernel.length;
    long[] ones = new long[axes];
    Arrays.fill(ones, 1);
    long[] dilations = node.integers("dilations", ones).clone();
    long[] before = before(node, axes);
    long[] pads = new long[2 * axes];
    for (int i = 0; i < axes; i++) {
      dilations[i] *= rate;
      long reach = (kernel[i] - 1) * dilations[i];
      // The map keeps its size, and where it had elements before, they read what they read then.
      pads[i] = before[i] < 0 ? reach / 2 : Math.min(reach, before[i] * rate);
      pads[axes + i] = reach - pads[i];
    }
    if (node.operator().equals("AveragePool") && rate > 1) {
      throw new ConfigurationException(
          model.file()
              + ": its output stride cannot become "
              + wanted
              + ", because the average of "
              + node.name()
              + " cannot be dilated. Choose a larger outputStride.");
    }
    NodeProto result = node.proto();
    Node pad = pad(node);
    if (pad != null) {
      result = result.toBuilder().setInput(0, pad.input(0)).build();
    }
    result = OnnxModel.with(result, Protos.integers("kernel_shape", kernel));
    result = OnnxModel.with(result, Protos.integers("strides", strides));
    result = OnnxModel.with(result, Protos.integers("pads", pads));
    result = OnnxModel.with(result, Protos.text("auto_pad", "NOTSET"));
    if (node.operator().equals("AveragePool")) {
      return OnnxModel.with(result, Protos.integer("count_include_pad", 0));
    }
    return OnnxModel.with(result, Protos.integers("dilations", dilations));
  }

  /** The padding of zeros before a node, which its own padding replaces. */
  private @Nullable Node pad(Node node) {
    Node pad = model.producer(node.input(0));
    return pad != null
            && pad.operator().equals("Pad")
            && pad.text("mode", "constant").equals("constant")
        ? pad
        : null;
  }

  /** The border before each spatial axis, -1 where only a run tells. */
  private long[] before(Node node, int axes) {
    long[] before = Arrays.copyOf(node.integers("pads", new long[2 * axes]), axes);
    Node pad = pad(node);
    if (node.text("auto_pad", "NOTSET").startsWith("SAME")) {
      Arrays.fill(before, -1);
    } else if (pad != null) {
      long[] padded = pad.has("pads") ? pad.integers("pads") : constants.apply(pad.input(1));
      for (int i = 0; i < axes; i++) {
        before[i] = padded == null || before[i] < 0 ? -1 : before[i] + padded[2 + i];
      }
    }
    return before;
  }
}
