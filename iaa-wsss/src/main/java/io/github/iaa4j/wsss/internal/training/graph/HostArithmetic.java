package io.github.iaa4j.wsss.internal.training.graph;

import static io.github.iaa4j.wsss.internal.training.graph.Operators.one;

import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/** Arithmetic on tensors in Java's memory: on shapes, mostly. */
final class HostArithmetic {

  private HostArithmetic() {}

  static void addTo(Map<String, Operator> operators) {
    operators.put("Add", call -> one(fold(call, (a, b) -> a + b)));
    operators.put("Sub", call -> one(fold(call, (a, b) -> a - b)));
    operators.put("Mul", call -> one(fold(call, (a, b) -> a * b)));
    operators.put("Div", HostArithmetic::divide);
    operators.put("Pow", call -> one(fold(call, Math::pow)));
    operators.put("Mod", HostArithmetic::modulo);
    operators.put("Max", call -> one(fold(call, Math::max)));
    operators.put("Min", call -> one(fold(call, Math::min)));
    operators.put("And", call -> one(fold(call, (a, b) -> a != 0 && b != 0 ? 1 : 0)));
    operators.put("Or", call -> one(fold(call, (a, b) -> a != 0 || b != 0 ? 1 : 0)));
    operators.put("Equal", call -> compare(call, (a, b) -> a == b ? 1 : 0));
    operators.put("Greater", call -> compare(call, (a, b) -> a > b ? 1 : 0));
    operators.put("GreaterOrEqual", call -> compare(call, (a, b) -> a >= b ? 1 : 0));
    operators.put("Less", call -> compare(call, (a, b) -> a < b ? 1 : 0));
    operators.put("LessOrEqual", call -> compare(call, (a, b) -> a <= b ? 1 : 0));
    unary(operators, "Neg", a -> -a);
    unary(operators, "Abs", Math::abs);
    unary(operators, "Floor", Math::floor);
    unary(operators, "Ceil", Math::ceil);
    unary(operators, "Round", Math::rint);
    unary(operators, "Sqrt", Math::sqrt);
    unary(operators, "Reciprocal", a -> 1 / a);
    unary(operators, "Not", a -> a == 0 ? 1 : 0);
    operators.put(
        "Cast", call -> one(call.host(0).as(Movement.hostType(call.node().integer("to", 1)))));
    operators.put("Where", HostArithmetic::where);
    operators.put("Range", HostArithmetic::range);
    operators.put("ReduceProd", HostArithmetic::product);
  }

  private static void unary(
      Map<String, Operator> operators, String name, DoubleUnaryOperator function) {
    operators.put(name, call -> one(call.host(0).map(function)));
  }

  private static List<Value> divide(Call call) {
    boolean isInteger = call.host(0).type() == HostTensor.Type.INTEGER;
    return one(fold(call, isInteger ? HostArithmetic::quotient : (a, b) -> a / b));
  }

  /** Of integers, cut off towards zero. */
  private static double quotient(double a, double b) {
    long whole = (long) a / (long) b;
    return (double) whole;
  }

  private static List<Value> modulo(Call call) {
    boolean isFloating = call.node().integer("fmod", 0) != 0;
    return one(fold(call, isFloating ? (a, b) -> a % b : (a, b) -> a - b * Math.floor(a / b)));
  }

  private static List<Value> compare(Call call, DoubleBinaryOperator function) {
    return one(binary(call.host(0), call.host(1), HostTensor.Type.BOOLEAN, function));
  }

  private static HostTensor fold(Call call, DoubleBinaryOperator function) {
    HostTensor result = call.host(0);
    for (int i = 1; i < call.count(); i++) {
      result = binary(result, call.host(i), result.type(), function);
    }
    return result;
  }

  private static HostTensor binary(
      HostTensor a, HostTensor b, HostTensor.Type type, DoubleBinaryOperator function) {
    long[] shape = Axes.broadcast(a.shape(), b.shape());
    double[] x = HostMovement.expanded(a, shape).values();
    double[] y = HostMovement.expanded(b, shape).values();
    double[] values = new double[x.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = type.fit(function.applyAsDouble(x[i], y[i]));
    }
    return new HostTensor(type, shape, values);
  }

  private static List<Value> where(Call call) {
    HostTensor condition = call.host(0);
    HostTensor yes = call.host(1);
    HostTensor no = call.host(2);
    long[] shape = Axes.broadcast(condition.shape(), Axes.broadcast(yes.shape(), no.shape()));
    double[] chosen = HostMovement.expanded(condition, shape).values();
    double[] x = HostMovement.expanded(yes, shape).values();
    double[] y = HostMovement.expanded(no, shape).values();
    double[] values = new double[x.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = chosen[i] != 0 ? x[i] : y[i];
    }
    return one(new HostTensor(yes.type(), shape, values));
  }

  private static List<Value> range(Call call) {
    HostTensor start = call.host(0);
    double step = call.host(2).first();
    int count = (int) Math.max(0, Math.ceil((call.host(1).first() - start.first()) / step));
    double[] values = new double[count];
    for (int i = 0; i < count; i++) {
      values[i] = start.first() + i * step;
    }
    return one(new HostTensor(start.type(), new long[] {count}, values));
  }

  /** Of all elements, which is what shapes need. */
  private static List<Value> product(Call call) {
    HostTensor tensor = call.host(0);
    if (tensor.rank() > 1) {
      throw new IllegalArgumentException("the product is known of vectors only");
    }
    double product = 1;
    for (double value : tensor.values()) {
      product *= value;
    }
    long[] shape = call.node().integer("keepdims", 1) == 0 ? new long[0] : new long[] {1};
    return one(HostTensor.filled(tensor.type(), shape, product));
  }
}
