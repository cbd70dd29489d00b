package io.github.iaa4j.diffusion;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Changes the files of a model's folder, as exports and downloads that are odd have them. */
public final class OnnxFile {

  private static final int LARGE = 1024;

  private OnnxFile() {}

  public static void edit(Path file, Consumer<ModelProto.Builder> change) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(Files.readAllBytes(file)).toBuilder();
    change.accept(model);
    Files.write(file, model.build().toByteArray());
  }

  /** Fixes a dimension of an input or output, or opens it if the length is negative. */
  static void fix(Path file, String name, int dimension, long length) throws IOException {
    edit(
        file,
        model -> {
          GraphProto.Builder graph = model.getGraphBuilder();
          graph.getInputBuilderList().forEach(value -> fix(value, name, dimension, length));
          graph.getOutputBuilderList().forEach(value -> fix(value, name, dimension, length));
        });
  }

  private static void fix(ValueInfoProto.Builder value, String name, int dimension, long length) {
    if (value.getName().equals(name)) {
      value
          .getTypeBuilder()
          .getTensorTypeBuilder()
          .getShapeBuilder()
          .setDim(
              dimension,
              length < 0
                  ? TensorShapeProto.Dimension.newBuilder().setDimParam("open")
                  : TensorShapeProto.Dimension.newBuilder().setDimValue(length));
    }
  }

  /** Multiplies an output by a number, such as NaN. */
  public static void multiply(Path file, String output, float factor) throws IOException {
    edit(
        file,
        model -> {
          GraphProto.Builder graph = model.getGraphBuilder();
          rename(graph, output, "before");
          graph.addInitializer(
              TensorProto.newBuilder()
                  .setName("factor")
                  .setDataType(TensorProto.DataType.FLOAT.getNumber())
                  .addFloatData(factor));
          graph.addNode(
              NodeProto.newBuilder()
                  .setOpType("Mul")
                  .addInput("before")
                  .addInput("factor")
                  .addOutput(output));
        });
  }

  /** Puts an operator that is none of ONNX's own at the end. */
  static void end(Path file, String output, String domain, String operator) throws IOException {
    edit(
        file,
        model -> {
          rename(model.getGraphBuilder(), output, "before");
          model.addOpsetImportBuilder().setDomain(domain).setVersion(1);
          model
              .getGraphBuilder()
              .addNode(
                  NodeProto.newBuilder()
                      .setOpType(operator)
                      .setDomain(domain)
                      .setName(operator + "_0")
                      .addInput("before")
                      .addOutput(output));
        });
  }

  public static void rename(GraphProto.Builder graph, String output, String name) {
    for (NodeProto.Builder node : graph.getNodeBuilderList()) {
      for (int i = 0; i < node.getOutputCount(); i++) {
        if (node.getOutput(i).equals(output)) {
          node.setOutput(i, name);
        }
      }
      for (int i = 0; i < node.getInputCount(); i++) {
        if (node.getInput(i).equals(output)) {
          node.setInput(i, name);
        }
      }
    }
  }

  public static NodeProto node(String operator, String output, String... inputs) {
    return NodeProto.newBuilder()
        .setOpType(operator)
        .addAllInput(List.of(inputs))
        .addOutput(output)
        .build();
  }

  /** Moves the weights of a graph into a file beside it. */
  static Path externalise(Path file, String location) throws IOException {
    ByteArrayOutputStream weights = new ByteArrayOutputStream();
    edit(
        file,
        model -> {
          for (TensorProto.Builder tensor : model.getGraphBuilder().getInitializerBuilderList()) {
            if (tensor.getRawData().size() < LARGE) {
              continue; // Shapes have to stay inside.
            }
            tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL);
            entry(tensor, "location", location);
            entry(tensor, "offset", String.valueOf(weights.size()));
            entry(tensor, "length", String.valueOf(tensor.getRawData().size()));
            weights.writeBytes(tensor.getRawData().toByteArray());
            tensor.setRawData(ByteString.EMPTY).clearRawData();
          }
        });
    Path beside = file.resolveSibling(location);
    Files.write(beside, weights.toByteArray());
    return beside;
  }

  private static void entry(TensorProto.Builder tensor, String key, String value) {
    tensor.addExternalData(StringStringEntryProto.newBuilder().setKey(key).setValue(value));
  }

  /** Changes a key of a config, or removes it. */
  static void config(Path file, String key, @Nullable JsonElement value) throws IOException {
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    json.remove(key);
    if (value != null) {
      json.add(key, value);
    }
    Files.writeString(file, json.toString());
  }
}
