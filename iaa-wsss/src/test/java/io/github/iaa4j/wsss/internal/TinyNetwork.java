package io.github.iaa4j.wsss.internal;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Networks of one convolution whose kernel is as large as its stride. */
public final class TinyNetwork {

  private TinyNetwork() {}

  /** A classifier with random weights. */
  public static Graph classifier(int classes, int stride, long seed) {
    return load(classifierBytes(classes, stride, seed));
  }

  /** A classifier of one class whose map is the brightness of the image, plus an offset. */
  public static Graph brightness(int stride, float offset) {
    float[] kernel = new float[3 * stride * stride];
    Arrays.fill(kernel, 1f / kernel.length);
    return load(network(ModelFormat.CLASS_MAPS, 1, stride, kernel, new float[] {offset}, true));
  }

  /** A segmenter with random weights. */
  public static Graph segmenter(int classes, int stride, long seed) {
    return load(segmenterBytes(classes, stride, seed));
  }

  /** The model file of {@link #classifier}. */
  public static byte[] classifierBytes(int classes, int stride, long seed) {
    return random(ModelFormat.CLASS_MAPS, classes, stride, seed, true);
  }

  /** The model file of {@link #segmenter}. */
  public static byte[] segmenterBytes(int classes, int stride, long seed) {
    return random(ModelFormat.LOGITS, 1 + classes, stride, seed, false);
  }

  private static byte[] random(
      String output, int channels, int stride, long seed, boolean withProbabilities) {
    Random random = new Random(seed);
    float[] kernel = new float[channels * 3 * stride * stride];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) random.nextGaussian() / stride;
    }
    float[] bias = new float[channels];
    for (int k = 0; k < channels; k++) {
      bias[k] = (float) random.nextGaussian();
    }
    return network(output, channels, stride, kernel, bias, withProbabilities);
  }

  private static Graph load(byte[] model) {
    return Graph.load(Path.of("tiny.onnx"), model, Device.cpu(), ModelFolder.REMEDIES);
  }

  private static byte[] network(
      String output,
      int channels,
      int stride,
      float[] kernel,
      float[] bias,
      boolean withProbabilities) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("tiny")
            .addInput(value(ModelFormat.INPUT, -1, 3, -1, -1))
            .addInitializer(tensor("kernel", kernel, channels, 3, stride, stride))
            .addInitializer(tensor("bias", bias, channels))
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("Conv")
                    .addInput(ModelFormat.INPUT)
                    .addInput("kernel")
                    .addInput("bias")
                    .addOutput(output)
                    .addAttribute(
                        AttributeProto.newBuilder()
                            .setName("strides")
                            .setType(AttributeProto.AttributeType.INTS)
                            .addInts(stride)
                            .addInts(stride)))
            .addOutput(value(output, -1, channels, -1, -1));
    if (withProbabilities) {
      graph
          .addNode(node("GlobalAveragePool", output, "pooled"))
          .addNode(node("Flatten", "pooled", "flat"))
          .addNode(node("Sigmoid", "flat", ModelFormat.PROBABILITIES))
          .addOutput(value(ModelFormat.PROBABILITIES, -1, channels));
    }
    return ModelProto.newBuilder()
        .setIrVersion(10)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("").setVersion(21))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static NodeProto node(String type, String input, String output) {
    return NodeProto.newBuilder().setOpType(type).addInput(input).addOutput(output).build();
  }

  private static TensorProto tensor(String name, float[] values, long... shape) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder().setName(name).setDataType(TensorProto.DataType.FLOAT.getNumber());
    for (long length : shape) {
      tensor.addDims(length);
    }
    for (float value : values) {
      tensor.addFloatData(value);
    }
    return tensor.build();
  }

  private static ValueInfoProto value(String name, long... shape) {
    TensorShapeProto.Builder dims = TensorShapeProto.newBuilder();
    for (int i = 0; i < shape.length; i++) {
      TensorShapeProto.Dimension.Builder dim = TensorShapeProto.Dimension.newBuilder();
      dims.addDim(shape[i] < 0 ? dim.setDimParam(name + i) : dim.setDimValue(shape[i]));
    }
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(
                    TypeProto.Tensor.newBuilder()
                        .setElemType(TensorProto.DataType.FLOAT.getNumber())
                        .setShape(dims)))
        .build();
  }

  /** From [0, 1] to [-2, 2]. */
  static final Normalization NORMALIZATION =
      new Normalization(List.of(0.5f, 0.5f, 0.5f), List.of(0.25f, 0.25f, 0.25f));

  /** Inputs in multiples of 8. */
  static InputScaling scaling(int imageSize) {
    return new InputScaling(imageSize, 8, NORMALIZATION);
  }
}
