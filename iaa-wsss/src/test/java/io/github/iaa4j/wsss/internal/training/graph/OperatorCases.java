package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.onnx.Protos.integer;
import static io.github.iaa4j.wsss.internal.onnx.Protos.integers;
import static io.github.iaa4j.wsss.internal.onnx.Protos.number;
import static io.github.iaa4j.wsss.internal.onnx.Protos.text;

import ai.onnx.proto.OnnxMl.AttributeProto;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.util.List;
import java.util.stream.Stream;

/** A graph for each operator and each way to write it. */
final class OperatorCases extends OperatorGraphs {

  static List<Case> all() {
    OperatorCases made = new OperatorCases();
    made.arithmetic();
    made.functions();
    made.movements();
    made.windows();
    made.normalisations();
    made.reductions();
    made.resizes();
    return Stream.concat(made.cases.stream(), new ShapeCases().cases().stream()).toList();
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
}
