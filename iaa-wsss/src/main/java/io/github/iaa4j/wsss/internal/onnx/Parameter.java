package io.github.iaa4j.wsss.internal.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An initializer that can be trained. ONNX does not tell parameters from constants, so what a value
 * is used for decides: weights and biases of convolutions and matrix products, affines of
 * normalisations, layer scales, position tables, and class and register tokens. Running statistics,
 * attention masks, a normalisation of the images inside the graph and numbers on their own are
 * constants.
 *
 * @param name of the initializer
 * @param role what it is used for
 * @param shape its dimensions
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Parameter(String name, Role role, long[] shape) {

  /** What a parameter is used for. */
  public enum Role {
    /** Of a convolution or a matrix product. */
    WEIGHT,
    /** Added to the result of one. */
    BIAS,
    /** Scale or shift of a normalisation. */
    NORM,
    /** A factor of each channel. */
    SCALE,
    /** A position table, or a class or register token. */
    TABLE
  }

  private static final Set<String> PRODUCTS = Set.of("Conv", "Gemm", "MatMul", "ConvTranspose");
  private static final Set<String> NORMS =
      Set.of(
          "BatchNormalization",
          "LayerNormalization",
          "GroupNormalization",
          "InstanceNormalization");

  /** Operators that pass the values of their first input on, in another order or number. */
  private static final Set<String> MOVES =
      Set.of(
          "Cast",
          "Expand",
          "Flatten",
          "Gather",
          "Identity",
          "Reshape",
          "Resize",
          "Slice",
          "Split",
          "Squeeze",
          "Tile",
          "Transpose",
          "Unsqueeze");

  /**
   * The parameters that some values depend on, in the order of their first use.
   *
   * @param model without tied copies
   * @throws io.github.iaa4j.core.error.ModelException if there is no such value
   */
  public static List<Parameter> of(OnnxModel model, Collection<String> outputs) {
    return new Search(model, model.ancestors(outputs)).found();
  }

  private static final class Search {

    private final OnnxModel model;
    private final List<Node> nodes;
    private final Set<String> learnt = new HashSet<>();

    Search(OnnxModel model, List<Node> nodes) {
      this.model = model;
      this.nodes = nodes;
      for (Node node : nodes) {
        boolean hasWeights = PRODUCTS.contains(node.operator()) || NORMS.contains(node.operator());
        if (hasWeights || node.inputs().stream().anyMatch(learnt::contains)) {
          learnt.addAll(node.outputs());
        }
      }
    }

    List<Parameter> found() {
      List<Parameter> found = new ArrayList<>();
      Set<String> seen = new HashSet<>();
      for (Node node : nodes) {
        for (String input : node.inputs()) {
          TensorProto tensor = model.initializers().get(input);
          if (tensor != null && isFloats(tensor) && seen.add(input)) {
            Role role = role(input, tensor);
            if (role != null) {
              found.add(new Parameter(input, role, HostTensor.shape(tensor)));
            }
          }
        }
      }
      return found;
    }

    private static boolean isFloats(TensorProto tensor) {
      return tensor.getDataType() == TensorProto.DataType.FLOAT_VALUE && tensor.getDimsCount() > 0;
    }

    /** Follows a value to the first nodes that compute with it. */
    private @Nullable Role role(String name, TensorProto tensor) {
      boolean isNumber = HostTensor.size(HostTensor.shape(tensor)) == 1;
      boolean moved = false;
      Deque<String> open = new ArrayDeque<>(List.of(name));
      Set<String> seen = new HashSet<>(open);
      while (!open.isEmpty()) {
        String value = open.removeFirst();
        for (Node node : nodes) {
          int index = node.inputs().indexOf(value);
          if (index < 0) {
            continue;
          }
          String operator = node.operator();
          boolean isConcat = operator.equals("Concat");
          if (isConcat || (index == 0 && MOVES.contains(operator))) {
            moved |= isConcat;
            node.outputs().stream().filter(seen::add).forEach(open::add);
            continue;
          }
          Role role = role(node, index, tensor);
          boolean counts = role != null && (!isNumber || role == Role.WEIGHT || isAffine(node));
          if (counts) {
            return moved && role != Role.WEIGHT ? Role.TABLE : role;
          }
        }
      }
      return null;
    }

    private static boolean isAffine(Node node) {
      return PRODUCTS.contains(node.operator()) || NORMS.contains(node.operator());
    }

    private @Nullable Role role(Node node, int index, TensorProto tensor) {
      String operator = node.operator();
      if (operator.equals("MatMul")) {
        return Role.WEIGHT;
      }
      if (PRODUCTS.contains(operator)) {
        return index < 2 ? Role.WEIGHT : Role.BIAS;
      }
      if (NORMS.contains(operator)) {
        return index == 1 || index == 2 ? Role.NORM : null;
      }
      if (operator.equals("PRelu")) {
        return index == 1 ? Role.SCALE : null;
      }
      boolean isAfterWeights = learnt.contains(node.outputs().get(0));
      if (operator.equals("Mul")) {
        return isAfterWeights ? Role.SCALE : null;
      }
      if (operator.equals("Add") && isAfterWeights && !isMask(node, tensor)) {
        long wide = tensor.getDimsList().stream().filter(length -> length > 1).count();
        return wide > 1 ? Role.TABLE : Role.BIAS;
      }
      return null;
    }

    /** An attention mask adds one of two numbers to the scores before a softmax. */
    private boolean isMask(Node add, TensorProto tensor) {
      List<Node> next = model.consumers(add.outputs().get(0));
      boolean isOfScores =
          next.stream()
              .anyMatch(
                  node ->
                      node.operator().equals("Softmax")
                          || (node.operator().equals("Reshape")
                              && model.consumers(node.outputs().get(0)).stream()
                                  .anyMatch(after -> after.operator().equals("Softmax"))));
      if (!isOfScores) {
        return false;
      }
      Set<Float> values = new HashSet<>();
      for (float value : model.values(tensor.getName())) {
        values.add(value);
      }
      return values.size() <= 2;
    }
  }

  /** The names of some parameters. */
  public static Set<String> names(Collection<Parameter> parameters) {
    Set<String> names = new HashSet<>();
    parameters.forEach(parameter -> names.add(parameter.name()));
    return names;
  }
}
