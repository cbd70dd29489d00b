package io.github.iaa4j.wsss.internal.training;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import io.github.iaa4j.wsss.internal.ModelFormat;
import io.github.iaa4j.wsss.internal.training.Network.Concatenation;
import io.github.iaa4j.wsss.internal.training.Network.Convolution;
import io.github.iaa4j.wsss.internal.training.Network.Input;
import io.github.iaa4j.wsss.internal.training.Network.Layer;
import io.github.iaa4j.wsss.internal.training.Network.Pooling;
import io.github.iaa4j.wsss.internal.training.Network.Sigmoid;
import io.github.iaa4j.wsss.internal.training.Network.Sum;
import io.github.iaa4j.wsss.internal.training.Network.Upsampling;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes a trained {@link Network} as an ONNX model (opset 21, IR version 10), with dynamic batch,
 * height and width. Normalisation is folded into the convolution before it, with the running
 * statistics.
 */
final class OnnxExport {

  private static final int OPSET = 21;
  private static final int IR_VERSION = 10;

  private final Network network;
  private final Weights weights;
  private final GraphProto.Builder graph = GraphProto.newBuilder().setName("iaa4j");
  private final Map<Integer, String> names = new HashMap<>();

  private OnnxExport(Network network, Weights weights) {
    this.network = network;
    this.weights = weights;
  }

  /** The bytes of the model file; the same weights give the same bytes. */
  static byte[] bytes(Network network, Weights weights) {
    return new OnnxExport(network, weights).write();
  }

  private byte[] write() {
    network.outputs().forEach((name, layer) -> names.put(layer, name));
    names.put(0, ModelFormat.INPUT);
    graph.addInput(value(ModelFormat.INPUT, "batch", 3, "height", "width"));
    int at = 0;
    int statistic = 0;
    for (int i = 1; i < network.layers().size(); i++) {
      Layer layer = network.layers().get(i);
      if (layer instanceof Convolution c) {
        float[] kernel = Arrays.copyOfRange(weights.vector(), at, at + c.weights());
        at += c.weights();
        float[] bias = Arrays.copyOfRange(weights.vector(), at, at + c.outputs());
        at += c.outputs();
        if (c.normalised()) {
          float[] scale = bias;
          bias = Arrays.copyOfRange(weights.vector(), at, at + c.outputs());
          at += c.outputs();
          float[] mean = weights.statistics().get(statistic++);
          float[] variance = weights.statistics().get(statistic++);
          fold(kernel, bias, scale, mean, variance);
        }
        convolution(i, c, kernel, bias);
      } else {
        other(i, layer);
      }
    }
    network
        .outputs()
        .forEach(
            (name, layer) ->
                graph.addOutput(
                    isVector(layer)
                        ? value(name, "batch", network.channels(layer))
                        : value(name, "batch", network.channels(layer), "mapHeight", "mapWidth")));
    return ModelProto.newBuilder()
        .setIrVersion(IR_VERSION)
        .setProducerName("iaa4j")
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(OPSET))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static void fold(
      float[] kernel, float[] bias, float[] scale, float[] mean, float[] variance) {
    int each = kernel.length / bias.length;
    for (int o = 0; o < bias.length; o++) {
      double factor = scale[o] / Math.sqrt(variance[o] + Trainer.EPSILON);
      for (int j = o * each; j < (o + 1) * each; j++) {
        kernel[j] = (float) (kernel[j] * factor);
      }
      bias[o] = (float) (bias[o] - mean[o] * factor);
    }
  }

  private void convolution(int i, Convolution c, float[] kernel, float[] bias) {
    String weight = "layer" + i + ".weight";
    String shift = "layer" + i + ".bias";
    graph.addInitializer(tensor(weight, kernel, c.outputs(), c.inputs(), c.kernel(), c.kernel()));
    graph.addInitializer(tensor(shift, bias, c.outputs()));
    String result = c.relu() ? name(i) + ".convolved" : name(i);
    long k = c.kernel();
    long p = c.padding();
    graph.addNode(
        node("Conv", result, name(c.source()), weight, shift)
            .addAttribute(ints("kernel_shape", k, k))
            .addAttribute(ints("strides", c.stride(), c.stride()))
            .addAttribute(ints("dilations", c.dilation(), c.dilation()))
            .addAttribute(ints("pads", p, p, p, p)));
    if (c.relu()) {
      graph.addNode(node("Relu", name(i), result));
    }
  }

  private void other(int i, Layer layer) {
    if (layer instanceof Upsampling u) {
      String scales = name(i) + ".scales";
      graph.addInitializer(tensor(scales, new float[] {1, 1, u.factor(), u.factor()}, 4));
      graph.addNode(
          node("Resize", name(i), name(u.source()), "", scales)
              .addAttribute(text("mode", "linear"))
              .addAttribute(text("coordinate_transformation_mode", "half_pixel")));
    } else if (layer instanceof Concatenation c) {
      graph.addNode(
          node("Concat", name(i), name(c.first()), name(c.second()))
              .addAttribute(integer("axis", 1)));
    } else if (layer instanceof Sum s) {
      graph.addNode(node("Add", name(i), name(s.first()), name(s.second())));
    } else if (layer instanceof Pooling p) {
      pooling(i, p);
    } else if (layer instanceof Sigmoid s) {
      graph.addNode(node("Sigmoid", name(i), name(s.source())));
    } else if (layer instanceof Input) {
      throw new IllegalStateException("a network has one input, at its start");
    }
  }

  private void pooling(int i, Pooling p) {
    String axes = name(i) + ".axes";
    graph.addInitializer(
        TensorProto.newBuilder()
            .setName(axes)
            .setDataType(TensorProto.DataType.INT64_VALUE)
            .addDims(2)
            .addInt64Data(2)
            .addInt64Data(3));
    String mean = p.maximumShare() == 0 ? name(i) : name(i) + ".mean";
    graph.addNode(
        node("ReduceMean", mean, name(p.source()), axes).addAttribute(integer("keepdims", 0)));
    if (p.maximumShare() != 0) {
      String share = name(i) + ".share";
      graph.addInitializer(tensor(share, new float[] {p.maximumShare()}, 1));
      graph.addNode(
          node("ReduceMax", name(i) + ".maximum", name(p.source()), axes)
              .addAttribute(integer("keepdims", 0)));
      graph.addNode(node("Mul", name(i) + ".weighted", name(i) + ".maximum", share));
      graph.addNode(node("Add", name(i), mean, name(i) + ".weighted"));
    }
  }

  private boolean isVector(int layer) {
    Layer made = network.layers().get(layer);
    return made instanceof Pooling || (made instanceof Sigmoid s && isVector(s.source()));
  }

  private String name(int layer) {
    return names.computeIfAbsent(layer, i -> "layer" + i);
  }

  private static NodeProto.Builder node(String type, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(type)
        .setName(output)
        .addAllInput(List.of(inputs))
        .addOutput(output);
  }

  private static AttributeProto ints(String name, long... values) {
    AttributeProto.Builder attribute =
        AttributeProto.newBuilder().setName(name).setType(AttributeProto.AttributeType.INTS);
    for (long value : values) {
      attribute.addInts(value);
    }
    return attribute.build();
  }

  private static AttributeProto integer(String name, long value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.INT)
        .setI(value)
        .build();
  }

  private static AttributeProto text(String name, String value) {
    return AttributeProto.newBuilder()
        .setName(name)
        .setType(AttributeProto.AttributeType.STRING)
        .setS(ByteString.copyFromUtf8(value))
        .build();
  }

  private static TensorProto tensor(String name, float[] values, long... shape) {
    ByteBuffer raw = ByteBuffer.allocate(values.length * Float.BYTES);
    raw.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(TensorProto.DataType.FLOAT_VALUE)
            .setRawData(ByteString.copyFrom(raw));
    for (long size : shape) {
      tensor.addDims(size);
    }
    return tensor.build();
  }

  private static ValueInfoProto value(String name, Object... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    List<Object> sizes = new ArrayList<>(List.of(shape));
    for (Object size : sizes) {
      TensorShapeProto.Dimension.Builder dimension = TensorShapeProto.Dimension.newBuilder();
      if (size instanceof Integer fixed) {
        dimension.setDimValue(fixed);
      } else {
        dimension.setDimParam(size.toString());
      }
      dimensions.addDim(dimension);
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT_VALUE)
                        .setShape(dimensions)))
        .build();
  }
}
