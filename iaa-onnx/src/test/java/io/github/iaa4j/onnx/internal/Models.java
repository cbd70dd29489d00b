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
  static final Remedies REMEDIES =
      new Remedies(
          "Make it again.", "Run it otherwise.", "Name it so.", "Use float32.", "Open the shape.");

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
            .addNode(node("Add", DOUBLED))
            .addNode(node("Mul", SQUARED));
    return ModelProto.newBuilder()
        .setIrVersion(8)
        .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(17))
        .setGraph(graph)
        .build()
        .toByteArray();
  }

  private static NodeProto node(String operator, String output) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addInput(INPUT)
        .addInput(INPUT)
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
