package io.github.iaa4j.wsss.internal.training;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.onnx.LayerParts;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/**
 * Builds a small convolutional network with random weights as an ONNX graph, layer by layer. A
 * layer is known by the name of its value. The same random numbers give the same bytes.
 *
 * <p>Kernels are normal with variance 2 / inputs (He et al., Delving Deep into Rectifiers, ICCV
 * 2015), scales one, the rest zero. The last scale of a residual block starts at zero, so that the
 * block starts as its shortcut (Goyal et al., 2017).
 */
final class SmallNetwork {

  private static final int OPSET = 17;
  private static final int IR_VERSION = 8;
  private static final double HEAD_DEVIATION = 0.01;

  private final Random random;
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("iaa4j");
  private final Map<String, Integer> channels = new HashMap<>();
  private final Set<String> hiddenKernels = new HashSet<>();
  private String part = "network";
  private int count;

  /** A network that has its input only. */
  SmallNetwork(Random random) {
    this.random = random;
    graph.addInput(Protos.value(ModelFormat.INPUT, "batch", 3, "height", "width"));
    channels.put(ModelFormat.INPUT, 3);
  }

  /** Adds a normalised convolution with ReLU. */
  String convolution(String source, int width, int kernel, int stride) {
    return normalised(source, width, kernel, stride, 1, true);
  }

  /** Adds two 3x3 convolutions with a shortcut around them. */
  String residual(String source, int dilation) {
    int width = width(source);
    String inner = normalised(source, width, 3, 1, dilation, true);
    String outer = normalised(inner, width, 3, 1, dilation, false);
    return node("Add", layer(), width, List.of(source, outer));
  }

  /** Adds a convolution with "same" padding, batch normalisation, and ReLU where wanted. */
  private String normalised(
      String source, int width, int kernel, int stride, int dilation, boolean relu) {
    String name = layer();
    int inputs = width(source);
    if (!source.equals(ModelFormat.INPUT)) {
      hiddenKernels.add(name + ".weight");
    }
    String weight = kernel(name, width, inputs, kernel, LayerParts.deviation(inputs, kernel));
    LayerParts.convolution(
        graph, name + ".convolved", List.of(source, weight), kernel, stride, dilation);
    String normal = relu ? name + ".normalised" : name;
    graph.addNode(
        Protos.node(
            "BatchNormalization",
            normal,
            List.of(
                name + ".convolved",
                vector(name + ".scale", width, relu ? 1 : 0),
                vector(name + ".shift", width, 0),
                vector(name + ".mean", width, 0),
                vector(name + ".variance", width, 1)),
            Protos.number("epsilon", 1e-5f),
            Protos.number("momentum", 0.9f)));
    channels.put(name, width);
    if (relu) {
      graph.addNode(Protos.node("Relu", name, List.of(normal)));
    }
    return name;
  }

  private String kernel(String name, int width, int inputs, int side, double deviation) {
    return LayerParts.kernel(graph, name, random, width, inputs, side, deviation);
  }

  private String vector(String name, int length, float value) {
    return LayerParts.vector(graph, name, length, value);
  }

  /** Adds a 1x1 convolution with a bias: a class map for each class. */
  String classMaps(String source, int classes) {
    String name = layer();
    String weight = kernel(name, classes, width(source), 1, HEAD_DEVIATION);
    return node("Conv", name, classes, List.of(source, weight, vector(name + ".bias", classes, 0)));
  }

  /** Adds a bilinear upsampling with half-pixel centres. */
  String upsampling(String source, int factor) {
    String name = layer();
    LayerParts.upsampling(graph, name, source, factor);
    channels.put(name, width(source));
    return name;
  }

  /** Adds a concatenation along the channels. */
  String concatenation(String first, String second) {
    String name = layer();
    graph.addNode(Protos.node("Concat", name, List.of(first, second), Protos.integer("axis", 1)));
    channels.put(name, width(first) + width(second));
    return name;
  }

  /** Adds each channel's mean, plus a share of its maximum: {@code [B, C]}. */
  String pooling(String source, float maximumShare) {
    String name = layer();
    int width = width(source);
    String mean = flat("GlobalAveragePool", name + ".mean", source);
    if (maximumShare == 0) {
      return node("Identity", name, width, List.of(mean));
    }
    String maximum = flat("GlobalMaxPool", name + ".maximum", source);
    graph.addInitializer(Protos.tensor(name + ".share", new float[] {maximumShare}));
    graph.addNode(Protos.node("Mul", name + ".weighted", List.of(maximum, name + ".share")));
    return node("Add", name, width, List.of(mean, name + ".weighted"));
  }

  private String flat(String operator, String name, String source) {
    graph.addNode(Protos.node(operator, name + ".pooled", List.of(source)));
    graph.addNode(Protos.node("Flatten", name, List.of(name + ".pooled")));
    return name;
  }

  /** Adds a map to the outputs: {@code [B, C, h, w]}. */
  void mapOutput(String name, String source) {
    node("Identity", name, width(source), List.of(source));
    graph.addOutput(Protos.value(name, "batch", width(source), "mapHeight", "mapWidth"));
  }

  /** Adds a vector to the outputs: {@code [B, C]}. */
  void vectorOutput(String operator, String name, String source) {
    node(operator, name, width(source), List.of(source));
    graph.addOutput(Protos.value(name, "batch", width(source)));
  }

  private String node(String operator, String name, int width, List<String> inputs) {
    NodeProto node = Protos.node(operator, name, inputs);
    graph.addNode(node);
    channels.put(name, width);
    return name;
  }

  private int width(String source) {
    Integer width = channels.get(source);
    if (width == null) {
      throw new IllegalArgumentException(source);
    }
    return width;
  }

  private String layer() {
    count++;
    return part + ".layer" + count;
  }

  /** The name of the part that the next layers belong to, before their own names. */
  void part(String name) {
    part = name;
  }

  /** The names of the kernels that are normalised and do not read the images. */
  Set<String> hiddenKernels() {
    return Set.copyOf(hiddenKernels);
  }

  /**
   * The graph.
   *
   * @param file for messages
   */
  OnnxModel model(Path file) {
    return OnnxModel.of(
        file,
        ModelProto.newBuilder()
            .setIrVersion(IR_VERSION)
            .setProducerName("iaa4j")
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
            .setGraph(graph)
            .build());
  }
}
