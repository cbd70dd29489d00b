package io.github.iaa4j.onnx.internal;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import ai.onnxruntime.OnnxJavaType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Small ONNX models. */
public final class Models {

  static final String INPUT = "values";
  static final String DOUBLED = "doubled";
  static final String SQUARED = "squared";
  static final String PROJECTED = "projected";

  public static final Remedies REMEDIES =
      new Remedies(
          "Make it again.", "Run it otherwise.", "Name it so.", "Use float32.", "Open the shape.");

  private static final int WIDTH = 512;

  private Models() {}

  /** {@code doubled = values + values}, {@code squared = values * values}, of any shape [n, 3]. */
  static byte[] arithmetic() {
    return arithmetic(OnnxJavaType.FLOAT, -1, 3);
  }

  /** The same with a type and a shape; negative lengths are open. */
  static byte[] arithmetic(OnnxJavaType type, long... shape) {
    GraphProto.Builder graph =
        GraphProto.newBuilder()
            .setName("arithmetic")
            .addInput(value(INPUT, type, shape))
            .addOutput(value(DOUBLED, type, shape))
            .addOutput(value(SQUARED, type, shape))
            .addNode(node("Add", DOUBLED, INPUT))
            .addNode(node("Mul", SQUARED, INPUT));
    return model(graph);
  }

  /** {@code projected = values * weights}, from [n, 3] to [n, 512], with weights of 6 KiB. */
  static byte[] projection() {
    TensorProto.Builder weights =
        TensorProto.newBuilder()
            .setName("weights")
            .setDataType(TensorProto.DataType.FLOAT.getNumber())
            .addDims(3)
            .addDims(WIDTH);
    for (int i = 0; i < 3 * WIDTH; i++) {
      weights.addFloatData(i % 17 / 7f - 1);
    }
    return model(
        GraphProto.newBuilder()
            .setName("projection")
            .addInput(value(INPUT, OnnxJavaType.FLOAT, -1, 3))
            .addOutput(value(PROJECTED, OnnxJavaType.FLOAT, -1, WIDTH))
            .addInitializer(weights)
            .addNode(node("MatMul", PROJECTED, "weights")));
  }

  private static byte[] model(GraphProto.Builder graph) {
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static NodeProto node(String operator, String output, String second) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addInput(INPUT)
        .addInput(second)
        .addOutput(output)
        .build();
  }

  private static ValueInfoProto value(String name, OnnxJavaType type, long... shape) {
    TensorShapeProto.Builder dimensions = TensorShapeProto.newBuilder();
    for (long length : shape) {
      dimensions.addDim(
          length < 0
              ? TensorShapeProto.Dimension.newBuilder().setDimParam("n")
              : TensorShapeProto.Dimension.newBuilder().setDimValue(length));
    }
    ValueInfoProto.Builder value = ValueInfoProto.newBuilder().setName(name);
    value.getTypeBuilder().getTensorTypeBuilder().setElemType(element(type)).setShape(dimensions);
    return value.build();
  }

  private static int element(OnnxJavaType type) {
    return TensorProto.DataType.valueOf(type.name()).getNumber();
  }

  /** Writes a model into a folder of its own. */
  public static Path write(Path folder) {
    return write(folder, arithmetic());
  }

  static Path write(Path folder, byte[] model) {
    try {
      Files.createDirectories(folder);
      return Files.write(folder.resolve("model.onnx"), model);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
