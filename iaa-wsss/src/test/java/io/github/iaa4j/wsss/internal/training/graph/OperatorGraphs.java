package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.onnx.Protos.integer;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Builds graphs of an operator: images {@code [2, 3, 6, 6]}, plus the parameter {@code w} of one
 * image's shape, go through it.
 */
abstract class OperatorGraphs {

  static final long[] SHAPE = {2, 3, 6, 6};

  /**
   * A graph.
   *
   * @param name the operator, then what is special
   */
  record Case(String name, OnnxModel model) {

    String operator() {
      return name.replaceAll(" .*", "");
    }

    @Override
    public String toString() {
      return name;
    }
  }

  final List<Case> cases = new ArrayList<>();
  GraphProto.Builder graph = GraphProto.newBuilder();
  int count;

  /** Adds a node and returns its output's name. */
  String node(String operator, List<String> inputs, AttributeProto... attributes) {
    String output = operator + count++;
    graph.addNode(Protos.node(operator, output, inputs, attributes));
    return output;
  }

  String floats(float[] values, long... shape) {
    String name = "constant" + count++;
    graph.addInitializer(Protos.tensor(name, values, shape));
    return name;
  }

  String scalar(float value) {
    return floats(new float[] {value});
  }

  String longs(long... values) {
    String name = "constant" + count++;
    graph.addInitializer(Protos.integerTensor(name, values));
    return name;
  }

  String patterned(int seed, long... shape) {
    int size = 1;
    for (long length : shape) {
      size *= (int) length;
    }
    return floats(Goldens.pattern(size, seed), shape);
  }

  void add(String name, long opset, UnaryOperator<String> body) {
    graph = GraphProto.newBuilder().setName("case");
    count = 0;
    graph.addInput(Protos.value("images", "batch", 3, "height", "width"));
    graph.addInitializer(Protos.tensor("w", Goldens.pattern(3 * 6 * 6, 3), 1, 3, 6, 6));
    String output = body.apply(node("Add", List.of("images", "w")));
    graph.addNode(Protos.node("Identity", "output", List.of(output)));
    graph.addOutput(Protos.value("output"));
    cases.add(
        new Case(
            name + " @" + opset,
            OnnxModel.of(
                Path.of("case.onnx"),
                ModelProto.newBuilder()
                    .setIrVersion(8)
                    .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(opset))
                    .setGraph(graph)
                    .build())));
  }

  void simple(String operator, long opset, AttributeProto... attributes) {
    add(operator, opset, x -> node(operator, List.of(x), attributes));
  }

  String positive(String x) {
    return node("Add", List.of(node("Abs", List.of(x)), scalar(0.5f)));
  }

  /** A condition or an integer as a factor of the images. */
  String counted(String x, String value) {
    return node("Mul", List.of(x, node("Cast", List.of(value), integer("to", 1))));
  }
}
