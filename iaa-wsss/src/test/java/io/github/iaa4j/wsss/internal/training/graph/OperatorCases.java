package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.onnx.Protos.integer;
import static io.github.iaa4j.wsss.internal.onnx.Protos.integers;
import static io.github.iaa4j.wsss.internal.onnx.Protos.number;
import static io.github.iaa4j.wsss.internal.onnx.Protos.text;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A graph for each operator and each way to write it: images {@code [2, 3, 6, 6]}, plus the
 * parameter {@code w} of one image's shape, go through it.
 */
final class OperatorCases {

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

  private final List<Case> cases = new ArrayList<>();
  private GraphProto.Builder graph = GraphProto.newBuilder();
  private int count;

  static List<Case> all() {
    OperatorCases made = new OperatorCases();
    made.arithmetic();
    made.functions();
    made.movements();
    made.windows();
    made.normalisations();
    made.reductions();
    made.resizes();
    made.shapes();
    return made.cases;
  }

  /** Adds a node and returns its output's name. */
  private String node(String operator, List<String> inputs, AttributeProto... attributes) {
    String output = operator + count++;
    graph.addNode(Protos.node(operator, output, inputs, attributes));
    return output;
  }

  private String floats(float[] values, long... shape) {
    String name = "constant" + count++;
    graph.addInitializer(Protos.tensor(name, values, shape));
    return name;
  }

  private String scalar(float value) {
    return floats(new float[] {value});
  }

  private String longs(long... values) {
    String name = "constant" + count++;
    graph.addInitializer(Protos.integerTensor(name, values));
    return name;
  }

  private String patterned(int seed, long... shape) {
    int size = 1;
    for (long length : shape) {
      size *= (int) length;
    }
    return floats(Goldens.pattern(size, seed), shape);
  }

  private void add(String name, long opset, UnaryOperator<String> body) {
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

  private void simple(String operator, long opset, AttributeProto... attributes) {
    add(operator, opset, x -> node(operator, List.of(x), attributes));
  }

  private String positive(String x) {
    return node("Add", List.of(node("Abs", List.of(x)), scalar(0.5f)));
  }

  /** A condition or an integer as a factor of the images. */
  private String counted(String x, String value) {
    return node("Mul", List.of(x, node("Cast", List.of(value), integer("to", 1))));
  }

  private void arithmetic() {
    for (String operator : List.of("Add", "Sub", "Mul", "Max", "Min")) {
      add(operator, 13, x -> node(operator, List.of(x, patterned(4, 3, 1, 6))));
      add(operator + " number", 13, x -> node(operator, List.of(x, scalar(0.7f))));
    }
    add("Max three", 13, x -> node("Max", List.of(x, patterned(4, 1, 6), patterned(9, 6, 1))));
    add("Sum three", 13, x -> node("Sum", List.of(x, patterned(4, 1, 6), patterned(9, 6, 1))));
    add("Sum one", 13, x -> node("Sum", List.of(x)));
    add("Div", 13, x -> node("Div", List.of(patterned(4, 3, 1, 6), positive(x))));
    add("Div number", 13, x -> node("Div", List.of(x, scalar(3))));
    add("Pow square", 13, x -> node("Pow", List.of(x, scalar(2))));
    add("Pow", 13, x -> node("Pow", List.of(positive(x), scalar(1.5f))));
    for (String operator : List.of("Greater", "Less", "GreaterOrEqual", "LessOrEqual")) {
      add(operator, 16, x -> counted(x, node(operator, List.of(x, patterned(4, 3, 1, 6)))));
    }
    add("Equal", 13, x -> counted(x, node("Equal", List.of(node("Floor", List.of(x)), scalar(1)))));
    add("Not", 13, x -> counted(x, node("Not", List.of(node("Less", List.of(x, scalar(0.1f)))))));
    for (String operator : List.of("And", "Or")) {
      add(
          operator,
          13,
          x ->
              counted(
                  x,
                  node(
                      operator,
                      List.of(
                          node("Less", List.of(x, scalar(1))),
                          node("Less", List.of(scalar(-1), x))))));
    }
    add(
        "Where",
        13,
        x ->
            node(
                "Where",
                List.of(node("Less", List.of(x, scalar(0.1f))), x, patterned(4, 3, 1, 6))));
  }

  private void functions() {
    for (String operator :
        List.of("Relu", "Sigmoid", "Tanh", "Erf", "Exp", "Neg", "Abs", "Softplus")) {
      simple(operator, 13);
    }
    for (String operator : List.of("Floor", "Ceil")) {
      add(operator, 13, x -> node("Mul", List.of(x, node(operator, List.of(x)))));
    }
    for (String operator : List.of("Sqrt", "Log", "Reciprocal")) {
      add(operator, 13, x -> node(operator, List.of(positive(x))));
    }
    simple("LeakyRelu", 13, number("alpha", 0.2f));
    simple("Elu", 13, number("alpha", 0.7f));
    add("PRelu", 13, x -> node("PRelu", List.of(x, patterned(4, 3, 1, 1))));
    add("Clip", 11, x -> node("Clip", List.of(x, scalar(-0.5f), scalar(1.5f))));
    add("Clip one side", 13, x -> node("Clip", List.of(x, "", scalar(1.5f))));
    simple("HardSigmoid", 13, number("alpha", 1 / 6f));
    simple("HardSwish", 14);
    simple("Gelu", 20);
    add("Gelu tanh", 20, x -> node("Gelu", List.of(x), text("approximate", "tanh")));
    simple("Mish", 18);
    add("Cast", 13, x -> counted(x, node("Cast", List.of(x), integer("to", 7))));
    add("Cast to itself", 13, x -> node("Cast", List.of(x), integer("to", 1)));
  }

  private void movements() {
    simple("Identity", 13);
    simple("Dropout", 13);
    add("Reshape", 13, x -> node("Reshape", List.of(x, longs(0, -1, 9))));
    simple("Flatten", 13, integer("axis", 2));
    simple("Unsqueeze", 11, integers("axes", 1, -1));
    add("Unsqueeze", 13, x -> node("Unsqueeze", List.of(x, longs(1, -1))));
    add(
        "Squeeze",
        11,
        x ->
            node(
                "Squeeze",
                List.of(node("Reshape", List.of(x, longs(1, 6, 1, -1)))),
                integers("axes", 0, 2)));
    add(
        "Squeeze all",
        13,
        x -> node("Squeeze", List.of(node("Reshape", List.of(x, longs(1, 6, 1, -1))))));
    simple("Transpose", 13, integers("perm", 2, 0, 3, 1));
    add("Transpose reversed", 13, x -> node("Transpose", List.of(x)));
    add(
        "Concat",
        13,
        x -> node("Concat", List.of(x, x, patterned(4, 2, 3, 6, 1)), integer("axis", -1)));
    add("Split", 11, x -> split(List.of(x), integers("split", 2, 4), integer("axis", 2)));
    add("Split", 13, x -> split(List.of(x, longs(2, 4)), integer("axis", 2)));
    add("Split", 18, x -> split(List.of(x), integer("num_outputs", 2), integer("axis", 2)));
    add(
        "Slice",
        13,
        x -> node("Slice", List.of(x, longs(1, 0), longs(-1, 9), longs(2, -1), longs(2, 1))));
    add(
        "Slice backwards",
        13,
        x -> node("Slice", List.of(x, longs(-1), longs(Long.MIN_VALUE), longs(3), longs(-2))));
    add("Gather", 13, x -> node("Gather", List.of(x, longs(2, 0, -1, 2)), integer("axis", 2)));
    add("Gather one", 13, x -> node("Gather", List.of(x, longs(1)), integer("axis", 1)));
    add(
        "Gather number",
        13,
        x -> node("Gather", List.of(x, node("Squeeze", List.of(longs(1)))), integer("axis", 3)));
    add(
        "Expand",
        13,
        x -> node("Expand", List.of(node("Unsqueeze", List.of(x, longs(1))), longs(2, 1, 1, 1))));
    add("Tile", 13, x -> node("Tile", List.of(x, longs(1, 2, 1, 3))));
    add("Pad", 13, x -> node("Pad", List.of(x, longs(0, 0, 1, 0, 0, 1, 2, 3), scalar(0.3f))));
    add("Pad cuts", 13, x -> node("Pad", List.of(x, longs(0, 0, -1, 0, 0, 0, 2, -2))));
    for (String mode : List.of("reflect", "edge")) {
      add(
          "Pad " + mode,
          13,
          x -> node("Pad", List.of(x, longs(0, 0, 1, 0, 0, 0, 2, 3)), text("mode", mode)));
    }
    add("Pad axes", 18, x -> node("Pad", List.of(x, longs(1, 0, 2, 1), scalar(0), longs(-1, 2))));
  }

  private String split(List<String> inputs, AttributeProto... attributes) {
    String name = "Split" + count++;
    graph.addNode(
        Protos.node("Split", name, inputs, attributes).toBuilder().addOutput(name + ".second"));
    return node("Concat", List.of(name + ".second", name), integer("axis", 2));
  }

  private void windows() {
    add("Conv", 13, x -> node("Conv", List.of(x, patterned(4, 4, 3, 3, 3), patterned(5, 4))));
    add(
        "Conv grouped, strided, dilated",
        13,
        x ->
            node(
                "Conv",
                List.of(x, patterned(4, 6, 1, 3, 3)),
                integer("group", 3),
                integers("strides", 2, 2),
                integers("dilations", 2, 2),
                integers("pads", 2, 2, 2, 2)));
    add(
        "Conv depthwise, dilated",
        13,
        x ->
            node(
                "Conv",
                List.of(x, patterned(4, 6, 1, 3, 3), patterned(5, 6)),
                integer("group", 3),
                integers("dilations", 2, 2),
                integers("pads", 2, 2, 2, 2)));
    add(
        "Conv unevenly padded",
        13,
        x ->
            node(
                "Conv",
                List.of(x, patterned(4, 4, 3, 3, 3), patterned(5, 4)),
                integers("strides", 2, 2),
                integers("pads", 0, 1, 1, 0)));
    for (String auto : List.of("SAME_UPPER", "SAME_LOWER", "VALID")) {
      add(
          "Conv " + auto,
          13,
          x ->
              node(
                  "Conv",
                  List.of(x, patterned(4, 4, 3, 3, 3)),
                  integers("strides", 2, 2),
                  text("auto_pad", auto)));
    }
    add("MatMul", 13, x -> node("MatMul", List.of(x, patterned(4, 6, 5))));
    add("MatMul left", 13, x -> node("MatMul", List.of(patterned(4, 5, 6), x)));
    add(
        "Gemm",
        13,
        x ->
            node(
                "Gemm",
                List.of(node("Flatten", List.of(x)), patterned(4, 5, 108), patterned(5, 5)),
                integer("transB", 1)));
    add(
        "Gemm scaled",
        13,
        x ->
            node(
                "Gemm",
                List.of(node("Flatten", List.of(x)), patterned(4, 2, 5), patterned(5, 1, 5)),
                integer("transA", 1),
                number("alpha", 0.3f),
                number("beta", 0.7f)));
    for (String operator : List.of("MaxPool", "AveragePool")) {
      AttributeProto kernel = integers("kernel_shape", 3, 3);
      AttributeProto strides = integers("strides", 2, 2);
      add(operator, 13, x -> node(operator, List.of(x), kernel));
      add(
          operator + " padded",
          13,
          x -> node(operator, List.of(x), kernel, strides, integers("pads", 1, 1, 1, 1)));
      add(
          operator + " unevenly padded",
          13,
          x -> node(operator, List.of(x), kernel, strides, integers("pads", 0, 1, 1, 0)));
      add(
          operator + " ceil",
          13,
          x ->
              node(
                  operator,
                  List.of(x),
                  integers("kernel_shape", 2, 2),
                  strides,
                  integer("ceil_mode", 1)));
    }
    add(
        "MaxPool dilated",
        13,
        x ->
            node(
                "MaxPool",
                List.of(x),
                integers("kernel_shape", 3, 3),
                integers("dilations", 2, 2),
                integers("pads", 2, 2, 2, 2)));
    add(
        "AveragePool counts pads",
        13,
        x ->
            node(
                "AveragePool",
                List.of(x),
                integers("kernel_shape", 3, 3),
                integers("pads", 1, 1, 0, 1),
                integer("count_include_pad", 1)));
  }

  private void normalisations() {
    add(
        "BatchNormalization",
        13,
        x ->
            node(
                "BatchNormalization",
                List.of(
                    x,
                    patterned(4, 3),
                    patterned(5, 3),
                    patterned(6, 3),
                    floats(new float[] {0.5f, 1, 2}, 3)),
                number("epsilon", 1e-3f)));
    add(
        "LayerNormalization",
        17,
        x ->
            node(
                "LayerNormalization",
                List.of(x, patterned(4, 6), patterned(5, 6)),
                number("epsilon", 1e-3f)));
    add(
        "LayerNormalization two axes",
        17,
        x -> node("LayerNormalization", List.of(x, patterned(4, 6, 6)), integer("axis", -2)));
    add(
        "InstanceNormalization",
        13,
        x -> node("InstanceNormalization", List.of(x, patterned(4, 3), patterned(5, 3))));
    add(
        "GroupNormalization",
        18,
        x ->
            node(
                "GroupNormalization",
                List.of(
                    node("Concat", List.of(x, x), integer("axis", 1)),
                    patterned(4, 3),
                    patterned(5, 3)),
                integer("num_groups", 3)));
  }

  private void reductions() {
    for (String operator : List.of("ReduceMean", "ReduceMax", "ReduceMin", "ReduceL2")) {
      simple(operator, 17, integers("axes", -1, 1));
      add(operator, 18, x -> node(operator, List.of(x, longs(2, 3)), integer("keepdims", 0)));
    }
    simple("ReduceSum", 11, integers("axes", -1, 1));
    add("ReduceSum", 13, x -> node("ReduceSum", List.of(x, longs(2, 3)), integer("keepdims", 0)));
    add(
        "ReduceSum of nothing",
        13,
        x -> node("ReduceSum", List.of(x), integer("noop_with_empty_axes", 1)));
    simple("GlobalAveragePool", 13);
    simple("GlobalMaxPool", 13);
    for (String operator : List.of("Softmax", "LogSoftmax")) {
      simple(operator, 11);
      add(operator + " last", 13, x -> node(operator, List.of(x)));
      add(operator + " channels", 13, x -> node(operator, List.of(x), integer("axis", 1)));
    }
  }

  private void resizes() {
    for (String mode : List.of("nearest", "linear", "cubic")) {
      for (String coordinates :
          List.of("half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric")) {
        for (float scale : new float[] {1.5f, 0.5f}) {
          // ONNX Runtime rounds to the nearest in its own order here.
          if (mode.equals("nearest") && coordinates.equals("align_corners")) {
            continue;
          }
          add(
              "Resize " + mode + " " + coordinates + " " + scale,
              13,
              x ->
                  node(
                      "Resize",
                      List.of(x, "", floats(new float[] {1, 1, scale, scale}, 4)),
                      text("mode", mode),
                      text("coordinate_transformation_mode", coordinates)));
        }
      }
    }
    add(
        "Resize to sizes",
        13,
        x -> node("Resize", List.of(x, "", "", longs(2, 3, 4, 9)), text("mode", "linear")));
    add(
        "Resize excluding outside",
        13,
        x ->
            node(
                "Resize",
                List.of(x, "", "", longs(2, 3, 4, 9)),
                text("mode", "cubic"),
                number("cubic_coeff_a", -0.5f),
                integer("exclude_outside", 1)));
    add(
        "Resize some axes",
        18,
        x ->
            node(
                "Resize",
                List.of(x, "", "", longs(4, 3)),
                text("mode", "cubic"),
                integers("axes", 2, 3)));
  }

  /** Operators on the images' shape, which stay in Java's memory. */
  private void shapes() {
    shape("Shape", s -> s);
    add(
        "Shape part",
        15,
        x -> weighted(x, node("Shape", List.of(x), integer("start", 1), integer("end", -1))));
    add("Size", 13, x -> counted(x, node("Size", List.of(x))));
    shape("Add on shapes", s -> node("Add", List.of(s, longs(1))));
    shape("Sub on shapes", s -> node("Sub", List.of(s, longs(1))));
    shape("Mul on shapes", s -> node("Mul", List.of(s, longs(1, 2, 3, 4))));
    shape("Div on shapes", s -> node("Div", List.of(node("Neg", List.of(s)), longs(4))));
    shape("Mod on shapes", s -> node("Mod", List.of(s, longs(4))));
    shape("Max on shapes", s -> node("Max", List.of(s, longs(4))));
    shape("Min on shapes", s -> node("Min", List.of(s, longs(4))));
    shape("Gather on shapes", s -> node("Gather", List.of(s, longs(-1, 0))));
    shape("Slice on shapes", s -> node("Slice", List.of(s, longs(2), longs(Long.MAX_VALUE))));
    shape("Concat on shapes", s -> node("Concat", List.of(s, longs(7)), integer("axis", 0)));
    shape("Reshape on shapes", s -> node("Reshape", List.of(s, longs(2, -1))));
    shape(
        "Transpose on shapes",
        s -> node("Transpose", List.of(node("Reshape", List.of(s, longs(2, 2))))));
    shape("Expand on shapes", s -> node("Expand", List.of(s, longs(2, 4))));
    shape("Tile on shapes", s -> node("Tile", List.of(s, longs(2))));
    shape("Unsqueeze on shapes", s -> node("Unsqueeze", List.of(s, longs(0))));
    shape(
        "Squeeze on shapes",
        s -> node("Squeeze", List.of(node("Unsqueeze", List.of(s, longs(0))), longs(0))));
    shape("Flatten on shapes", s -> node("Flatten", List.of(s), integer("axis", 0)));
    shape("Identity on shapes", s -> node("Identity", List.of(s)));
    shape("Split on shapes", s -> shapeSplit(s));
    shape("ReduceProd", s -> node("ReduceProd", List.of(s)));
    shape(
        "Where on shapes",
        s -> node("Where", List.of(node("Equal", List.of(s, longs(6))), longs(-1), s)));
    shape("Not on shapes", s -> whole(node("Not", List.of(node("Greater", List.of(s, longs(3)))))));
    shape(
        "And on shapes",
        s ->
            whole(
                node(
                    "And",
                    List.of(
                        node("Less", List.of(s, longs(4))),
                        node("LessOrEqual", List.of(longs(3), s))))));
    shape(
        "Or on shapes",
        s ->
            whole(
                node(
                    "Or",
                    List.of(
                        node("Less", List.of(s, longs(3))),
                        node("GreaterOrEqual", List.of(s, longs(6)))))));
    shape("Abs on shapes", s -> node("Abs", List.of(node("Neg", List.of(s)))));
    for (String operator : List.of("Sqrt", "Floor", "Ceil", "Round", "Reciprocal")) {
      shape(
          operator + " on shapes",
          s ->
              whole(
                  node(
                      "Mul",
                      List.of(
                          node(
                              operator,
                              List.of(
                                  node(
                                      "Div",
                                      List.of(
                                          node("Cast", List.of(s), integer("to", 1)), scalar(4))))),
                          scalar(100)))));
    }
    shape("Pow on shapes", s -> node("Pow", List.of(s, longs(2))));
    shape(
        "Range",
        s ->
            node(
                "Range",
                List.of(
                    node("Squeeze", List.of(longs(1))),
                    node("Squeeze", List.of(node("Gather", List.of(s, longs(2))))),
                    node("Squeeze", List.of(longs(2))))));
    shape(
        "ConstantOfShape",
        s -> node("Add", List.of(node("ConstantOfShape", List.of(s), sevens()), longs(1))));
    shape(
        "Constant",
        s ->
            node(
                "Add",
                List.of(s, node("Constant", List.of(), integers("value_ints", 1, 2, 3, 4)))));
  }

  private static AttributeProto sevens() {
    return AttributeProto.newBuilder()
        .setName("value")
        .setType(AttributeProto.AttributeType.TENSOR)
        .setT(
            TensorProto.newBuilder()
                .setDataType(TensorProto.DataType.INT64_VALUE)
                .addDims(1)
                .addInt64Data(7))
        .build();
  }

  private String shapeSplit(String s) {
    String name = "Split" + count++;
    graph.addNode(
        Protos.node("Split", name, List.of(s, longs(1, 3))).toBuilder().addOutput(name + ".rest"));
    return node("Add", List.of(name, name + ".rest"));
  }

  private String whole(String value) {
    return node("Cast", List.of(value), integer("to", 7));
  }

  private void shape(String name, UnaryOperator<String> body) {
    add(name, 16, x -> weighted(x, body.apply(node("Shape", List.of(x)))));
  }

  /** The images times a sum of integers in which each has a weight of its own. */
  private String weighted(String x, String integers) {
    String flat =
        node("Reshape", List.of(node("Cast", List.of(integers), integer("to", 1)), longs(-1)));
    String last = node("Slice", List.of(flat, longs(-1), longs(Long.MAX_VALUE)));
    String sum = node("ReduceSum", List.of(flat), integer("keepdims", 0));
    return node("Mul", List.of(x, node("Add", List.of(sum, last))));
  }
}
