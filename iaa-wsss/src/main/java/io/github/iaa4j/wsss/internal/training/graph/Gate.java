package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.wsss.internal.onnx.HostTensor;
import io.github.iaa4j.wsss.internal.onnx.Node;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Compares what is about to be trained with ONNX Runtime, on the user's own graph at the user's own
 * size: an operator that computes something else would train something else.
 */
public final class Gate {

  /** The largest difference, relative to the largest value. */
  public static final double TOLERANCE = 1e-4;

  private static final long SEED = 1;

  private final Engine engine;
  private final OnnxModel model;
  private final OnnxModel reference;
  private final long[] shape;
  private final float[] images;

  private Gate(Engine engine, OnnxModel model, OnnxModel reference, long[] shape) {
    this.engine = engine;
    this.model = model;
    this.reference = reference;
    this.shape = shape;
    this.images = new float[HostTensor.size(shape)];
    Random random = new Random(SEED);
    for (int i = 0; i < images.length; i++) {
      images[i] = (float) random.nextGaussian();
    }
  }

  /**
   * Runs a graph on one random batch in DJL and in ONNX Runtime.
   *
   * @param engine DJL's PyTorch
   * @param model without tied copies
   * @param output the name of a value
   * @param shape of the images
   * @return the shape of the output
   * @throws ModelException naming the first node whose values differ by more than {@link
   *     #TOLERANCE}, or that cannot be computed
   */
  public static long[] check(Engine engine, OnnxModel model, String output, long... shape) {
    return check(engine, model, model, output, shape);
  }

  /**
   * As above.
   *
   * @param reference what ONNX Runtime computes, with nodes of the same names
   */
  static long[] check(
      Engine engine, OnnxModel model, OnnxModel reference, String output, long... shape) {
    return new Gate(engine, model, reference, shape).check(output);
  }

  private long[] check(String output) {
    try (NDManager scope = engine.newBaseManager(Device.cpu());
        Graph runtime = load(List.of(output));
        FloatTensor input = new FloatTensor(runtime, shape, OnnxJavaType.FLOAT)) {
      input.put(0, images);
      NDArray result = Objects.requireNonNull(run(output, scope, null).get(output));
      float[] found = result.toFloatArray();
      float[] expected = runtime.run(Map.of(model.imageInput(), input), output);
      double difference = difference(found, expected);
      if (!(difference <= TOLERANCE)) {
        throw differs(output, difference);
      }
      return result.getShape().getShape();
    }
  }

  private Graph load(List<String> outputs) {
    return Graph.load(
        model.file(),
        reference.cutTo(outputs).toByteArray(),
        io.github.iaa4j.onnx.Device.cpu(),
        OnnxModel.REMEDIES);
  }

  private Map<String, NDArray> run(
      String output, NDManager scope, @Nullable BiConsumer<String, NDArray> observer) {
    Interpreter interpreter = new Interpreter(model, List.of(output), Set.of());
    Map<String, NDArray> given = new HashMap<>();
    for (String name : interpreter.arrays()) {
      given.put(name, NativeCopies.of(model.values(name), model.shape(name), scope));
    }
    return interpreter.run(
        NativeCopies.of(images, shape, scope), given, scope, Normalisation.FROZEN, observer);
  }

  private static double difference(float[] found, float[] expected) {
    if (found.length != expected.length) {
      return Double.POSITIVE_INFINITY;
    }
    double largest = 0;
    double difference = 0;
    for (int i = 0; i < found.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      difference = Math.max(difference, Math.abs(found[i] - expected[i]));
      if (Float.isNaN(found[i]) != Float.isNaN(expected[i])) {
        return Double.POSITIVE_INFINITY;
      }
    }
    return difference == 0 ? 0 : difference / largest;
  }

  /** Names the first node that differs. */
  private ModelException differs(String output, double difference) {
    Map<String, float[]> found = observed(output);
    List<String> names =
        model.ancestors(List.of(output)).stream()
            .flatMap(node -> node.outputs().stream())
            .filter(found::containsKey)
            .toList();
    Node first;
    try (Graph runtime = load(names);
        FloatTensor input = new FloatTensor(runtime, shape, OnnxJavaType.FLOAT)) {
      input.put(0, images);
      first =
          first(
              names,
              name ->
                  !(difference(
                          Objects.requireNonNull(found.get(name)),
                          runtime.run(Map.of(model.imageInput(), input), name))
                      <= TOLERANCE));
    }
    return new ModelException(
        model.file(),
        first.name(),
        "on one random batch of "
            + Arrays.toString(shape)
            + " its output "
            + output
            + " differs from ONNX Runtime's by "
            + difference
            + " of the largest value, more than "
            + TOLERANCE
            + ". The first node that differs is this one, a "
            + first.operator()
            + " (operator set "
            + first.opset()
            + "). Please report it with the node's attributes "
            + first.proto().getAttributeList().stream()
                .map(attribute -> attribute.getName())
                .collect(Collectors.joining(", "))
            + "; naming a value before it as the feature map avoids it.",
        null);
  }

  /** Halves the graph until a value differs, and then follows differences to where they begin. */
  private Node first(List<String> names, Predicate<String> differs) {
    int low = 0;
    int high = names.size() - 1;
    while (low < high) {
      int middle = (low + high) / 2;
      if (differs.test(names.get(middle))) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    Node node = Objects.requireNonNull(model.producer(names.get(low)));
    while (true) {
      String before =
          node.inputs().stream().filter(names::contains).filter(differs).findFirst().orElse(null);
      if (before == null) {
        return node;
      }
      node = Objects.requireNonNull(model.producer(before));
    }
  }

  /** What DJL computes at each node of floating-point numbers. */
  private Map<String, float[]> observed(String output) {
    Map<String, float[]> found = new HashMap<>();
    try (NDManager scope = engine.newBaseManager(Device.cpu())) {
      run(
          output,
          scope,
          (name, array) -> {
            if (array.getDataType() == DataType.FLOAT32) {
              found.put(name, array.toFloatArray());
            }
          });
    }
    return found;
  }
}
