package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.onnx.Protos.integer;
import static io.github.iaa4j.wsss.internal.onnx.Protos.integers;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.wsss.internal.onnx.Protos;
import java.util.List;
import java.util.function.UnaryOperator;

/** Operators on the images' shape, which stay in Java's memory. */
final class ShapeCases extends OperatorGraphs {

  List<Case> cases() {
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
    return cases;
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
