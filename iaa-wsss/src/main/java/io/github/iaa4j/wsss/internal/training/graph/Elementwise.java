package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import io.github.iaa4j.wsss.internal.onnx.Node;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** Functions of each element, and arithmetic with broadcasting. */
final class Elementwise {

  /** sqrt(2 / pi), of the approximation of GELU. */
  private static final double GELU_SCALE = Math.sqrt(2 / Math.PI);

  private static final double GELU_CUBIC = 0.044715;

  private Elementwise() {}

  static void addTo(Map<String, Operator> operators) {
    binary(operators, "Add", NDArray::add);
    binary(operators, "Sub", NDArray::sub);
    binary(operators, "Mul", NDArray::mul);
    binary(operators, "Div", NDArray::div);
    binary(operators, "Max", NDArray::maximum);
    binary(operators, "Min", NDArray::minimum);
    binary(operators, "Equal", NDArray::eq);
    binary(operators, "Greater", NDArray::gt);
    binary(operators, "Less", NDArray::lt);
    operators.put("Sum", operators.get("Add"));
    operators.put("Pow", Elementwise::power);
    unary(operators, "Relu", x -> x.getNDArrayInternal().relu());
    unary(operators, "Sigmoid", x -> x.getNDArrayInternal().sigmoid());
    unary(operators, "Tanh", NDArray::tanh);
    unary(operators, "Erf", NDArray::erf);
    unary(operators, "Sqrt", NDArray::sqrt);
    unary(operators, "Exp", NDArray::exp);
    unary(operators, "Log", NDArray::log);
    unary(operators, "Neg", NDArray::neg);
    unary(operators, "Abs", NDArray::abs);
    unary(operators, "Floor", NDArray::floor);
    unary(operators, "Ceil", NDArray::ceil);
    unary(operators, "Softplus", x -> x.getNDArrayInternal().softPlus());
    unary(operators, "Not", NDArray::logicalNot);
    operators.put("Reciprocal", call -> one(call.number(1).div(call.array(0))));
    operators.put(
        "LeakyRelu",
        call ->
            one(call.array(0).getNDArrayInternal().leakyRelu(call.node().number("alpha", 0.01))));
    operators.put(
        "Elu", call -> one(call.array(0).getNDArrayInternal().elu(call.node().number("alpha", 1))));
    operators.put("PRelu", Elementwise::parametricRelu);
    operators.put("Clip", Elementwise::clip);
    operators.put("HardSigmoid", Elementwise::hardSigmoid);
    operators.put("HardSwish", Elementwise::hardSwish);
    operators.put("Gelu", Elementwise::gelu);
    operators.put("Mish", call -> one(call.array(0).mul(mishGate(call))));
    operators.put("Where", Elementwise::where);
    operators.put("Cast", Elementwise::cast);
  }

  private static void unary(
      Map<String, Operator> operators, String name, UnaryOperator<NDArray> function) {
    operators.put(name, call -> one(function.apply(call.array(0))));
  }

  private static void binary(
      Map<String, Operator> operators, String name, BinaryOperator<NDArray> function) {
    operators.put(
        name,
        call -> {
          if (call.count() == 1) {
            return one(Movement.handle(call.array(0)));
          }
          NDArray result = function.apply(call.array(0), call.array(1));
          for (int i = 2; i < call.count(); i++) {
            result = function.apply(call.temporary(result), call.array(i));
          }
          return one(result);
        });
  }

  /** The square has an exact gradient, and one that is defined at 0. */
  private static List<Value> power(Call call) {
    boolean isSquare =
        Axes.product(call.shape(1), 0, call.shape(1).length) == 1 && call.host(1).first() == 2;
    return one(isSquare ? call.array(0).square() : call.array(0).pow(call.array(1)));
  }

  private static List<Value> parametricRelu(Call call) {
    NDArray x = call.array(0);
    NDArray zero = call.number(0);
    NDArray negative = call.temporary(x.minimum(zero));
    NDArray scaled = call.temporary(negative.mul(call.array(1)));
    return one(call.temporary(x.getNDArrayInternal().relu()).add(scaled));
  }

  private static List<Value> clip(Call call) {
    Node node = call.node();
    float low = call.has(1) ? (float) call.host(1).first() : node.number("min", -Float.MAX_VALUE);
    float high = call.has(2) ? (float) call.host(2).first() : node.number("max", Float.MAX_VALUE);
    return one(call.array(0).clip(low, high));
  }

  private static List<Value> hardSigmoid(Call call) {
    NDArray scaled =
        call.temporary(call.array(0).mul(call.number(call.node().number("alpha", 0.2))));
    return one(
        call.temporary(scaled.add(call.number(call.node().number("beta", 0.5)))).clip(0f, 1f));
  }

  private static List<Value> hardSwish(Call call) {
    NDArray scaled = call.temporary(call.array(0).mul(call.number(1.0 / 6)));
    NDArray shifted = call.temporary(scaled.add(call.number(0.5)));
    return one(call.array(0).mul(call.temporary(shifted.clip(0f, 1f))));
  }

  private static List<Value> gelu(Call call) {
    NDArray x = call.array(0);
    if (!call.node().text("approximate", "none").equals("tanh")) {
      return one(x.getNDArrayInternal().gelu());
    }
    NDArray square = call.temporary(x.square());
    NDArray cubic = call.temporary(square.mul(call.number(GELU_CUBIC)));
    NDArray factor = call.temporary(cubic.add(call.number(1)));
    NDArray inner = call.temporary(call.temporary(x.mul(factor)).mul(call.number(GELU_SCALE)));
    NDArray gate = call.temporary(call.temporary(inner.tanh()).add(call.number(1)));
    return one(call.temporary(x.mul(gate)).mul(call.number(0.5)));
  }

  private static NDArray mishGate(Call call) {
    NDArray softened = call.temporary(call.array(0).getNDArrayInternal().softPlus());
    return call.temporary(softened.tanh());
  }

  private static List<Value> where(Call call) {
    NDArray condition = call.temporary(call.array(0).toType(DataType.BOOLEAN, true));
    long[] shape = Axes.broadcast(call.shape(0), Axes.broadcast(call.shape(1), call.shape(2)));
    NDArray yes = call.temporary(Movement.broadcast(call.array(1), shape));
    NDArray no = call.temporary(Movement.broadcast(call.array(2), shape));
    NDArray wide = call.temporary(Movement.broadcast(condition, shape));
    return one(yes.getNDArrayInternal().where(wide, no));
  }

  private static List<Value> cast(Call call) {
    DataType type =
        switch (Movement.hostType(call.node().integer("to", 1))) {
          case FLOAT, DOUBLE -> DataType.FLOAT32;
          case INTEGER -> DataType.INT64;
          case BOOLEAN -> DataType.BOOLEAN;
        };
    NDArray array = call.array(0);
    return one(array.getDataType() == type ? Movement.handle(array) : array.toType(type, true));
  }
}
