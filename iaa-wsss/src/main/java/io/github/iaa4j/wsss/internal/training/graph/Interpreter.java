package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.Node;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Computes values of an ONNX graph with DJL's PyTorch arrays, node by node, so that autograd knows
 * how each depends on the weights. Integers, booleans and single numbers stay in Java. Each
 * intermediate array is closed after its last use; what the backward pass needs of it, PyTorch
 * keeps.
 *
 * <p>Immutable, and safe for use by several threads with a scope of each.
 */
final class Interpreter {

  /** Constants with at most this many elements stay in Java's memory. */
  private static final int MAX_HOST_SIZE = 16;

  private final OnnxModel model;
  private final String input;
  private final Set<String> outputs;
  private final List<Node> plan;
  private final Map<String, Integer> uses = new HashMap<>();
  private final Map<String, HostTensor> constants = new HashMap<>();
  private final Set<String> arrays = new HashSet<>();

  /**
   * Plans the nodes that some values need.
   *
   * @param model without tied copies
   * @param outputs names of values, each made by a node
   * @param parameters names of initializers that are given to each run
   * @throws ModelException if there is no such value, or an operator is not known
   */
  Interpreter(OnnxModel model, Collection<String> outputs, Set<String> parameters) {
    this.model = model;
    this.input = model.imageInput();
    this.outputs = Set.copyOf(outputs);
    this.plan = model.ancestors(outputs);
    requireKnown();
    for (Node node : plan) {
      for (String name : node.inputs()) {
        uses.merge(name, 1, Integer::sum);
        TensorProto tensor = model.initializers().get(name);
        if (tensor == null) {
          continue;
        }
        int size = HostTensor.size(HostTensor.shape(tensor));
        boolean isFloat = tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE;
        if (parameters.contains(name) || (isFloat && size > MAX_HOST_SIZE)) {
          arrays.add(name);
        } else if (!constants.containsKey(name)) {
          constants.put(name, HostTensor.of(tensor));
        }
      }
    }
    outputs.forEach(name -> uses.merge(name, 1, Integer::sum));
  }

  private void requireKnown() {
    for (Node node : plan) {
      if (!Operators.isKnown(node)) {
        throw new ModelException(
            model.file(),
            node.name(),
            "the operator "
                + node.operator()
                + " (operator set "
                + node.opset()
                + ") cannot be trained. Those that can are "
                + String.join(", ", new TreeSet<>(Operators.names()))
                + ". Name a value before this node as the feature map, or export the backbone"
                + " without it.",
            null);
      }
    }
  }

  /** The initializers that each run is given as arrays: parameters and large constants. */
  Set<String> arrays() {
    return arrays;
  }

  /**
   * Computes the outputs.
   *
   * @param images {@code [B, 3, H, W]}, the caller's
   * @param given an array for each of {@link #arrays()}, the caller's
   * @param scope owns what is made
   * @return the outputs by name
   * @throws ModelException naming the node that cannot be computed
   */
  Map<String, NDArray> run(
      NDArray images, Map<String, NDArray> given, NDManager scope, Normalisation normalisation) {
    return run(images, given, scope, normalisation, null);
  }

  /**
   * As above.
   *
   * @param observer is told the name and the values of each floating-point array that a node makes
   */
  Map<String, NDArray> run(
      NDArray images,
      Map<String, NDArray> given,
      NDManager scope,
      Normalisation normalisation,
      @Nullable BiConsumer<String, NDArray> observer) {
    Map<String, Value> values = new HashMap<>();
    Set<String> kept = new HashSet<>(given.keySet());
    kept.add(input);
    kept.addAll(outputs);
    Map<String, Integer> left = new HashMap<>(uses);
    values.put(input, new Value.Device(images));
    given.forEach((name, array) -> values.put(name, new Value.Device(array)));
    constants.forEach((name, tensor) -> values.put(name, new Value.Host(tensor)));
    for (Node node : plan) {
      List<Value> made = compute(node, values, scope, normalisation);
      for (int i = 0; i < Math.min(made.size(), node.outputs().size()); i++) {
        String name = node.outputs().get(i);
        Value value = made.get(i);
        if (value instanceof Value.Device device) {
          device.array().attach(scope);
          if (observer != null) {
            observer.accept(name, device.array());
          }
          if (!left.containsKey(name)) {
            device.array().close();
            continue;
          }
        }
        values.put(name, value);
      }
      for (String name : node.inputs()) {
        if (left.merge(name, -1, Integer::sum) == 0
            && !kept.contains(name)
            && values.remove(name) instanceof Value.Device device) {
          device.array().close();
        }
      }
    }
    Map<String, NDArray> results = new LinkedHashMap<>();
    for (String name : outputs) {
      if (!(values.get(name) instanceof Value.Device device)) {
        throw new ModelException(
            model.file(), name, "this value does not depend on the images.", null);
      }
      results.put(name, device.array());
    }
    return results;
  }

  private List<Value> compute(
      Node node, Map<String, Value> values, NDManager scope, Normalisation normalisation) {
    List<@Nullable Value> inputs = new ArrayList<>();
    for (String name : node.inputs()) {
      inputs.add(name.isEmpty() ? null : values.get(name));
    }
    try (Call call = new Call(node, inputs, scope, normalisation)) {
      return Operators.apply(call);
    } catch (ModelException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new ModelException(
          model.file(),
          node.name(),
          "the operator "
              + node.operator()
              + " (operator set "
              + node.opset()
              + ") cannot be computed on inputs of the shapes "
              + inputs.stream()
                  .map(value -> value == null ? "-" : java.util.Arrays.toString(value.shape()))
                  .toList()
              + ": "
              + e.getMessage()
              + ". If the file was exported for a fixed size, export it with an open height and"
              + " width.",
          e);
    }
  }
}
