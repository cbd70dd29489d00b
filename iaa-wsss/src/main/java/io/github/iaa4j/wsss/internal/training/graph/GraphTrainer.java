package io.github.iaa4j.wsss.internal.training.graph;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.GradientCollector;
import io.github.iaa4j.wsss.internal.onnx.Node;
import io.github.iaa4j.wsss.internal.onnx.OnnxModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Trains the initializers of an ONNX graph on DJL's PyTorch engine.
 *
 * <p>A batch is split into shards of a fixed size, each of which goes through the graph on a Java
 * thread of its own: operators gain less from threads of their own. The shards' gradients are added
 * in their order, so the same seed gives the same bytes on any number of processors.
 *
 * <p>Batch normalisation with the statistics of the batch sees one shard at a time; the running
 * statistics of a step are the mean over its shards.
 */
public final class GraphTrainer implements AutoCloseable {

  /** The mean loss of some images. */
  public interface Loss {

    /**
     * @param outputs of the graph by name, for the images of one shard; every one must be used
     * @param targets of the same images
     * @return a scalar
     */
    NDArray of(Function<String, NDArray> outputs, NDArray targets);
  }

  private static <T> T get(Map<String, T> map, String name) {
    return Objects.requireNonNull(map.get(name), name);
  }

  /**
   * A batch.
   *
   * @param images of the shape {@code [B, 3, H, W]}
   * @param shape of the images
   * @param targets whatever the loss reads
   * @param targetShape of the targets, whose first dimension is {@code B} too
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Batch(float[] images, long[] shape, float[] targets, long[] targetShape) {}

  /**
   * What a shard adds to the batch; the arrays belong to the scope of the step.
   *
   * @param of the gradient of each weight, and each running statistic after the shard
   */
  private record Shard(Map<String, NDArray> of, float loss) {}

  private final OnnxModel model;
  private final List<ParameterGroup> groups;
  private final Map<String, ParameterGroup> groupOf = new HashMap<>();
  private final Normalisation normalisation;
  private final int shardSize;
  private final Interpreter interpreter;
  private final Engine engine;
  private final NDManager manager;
  private final Map<String, NDArray> arrays = new LinkedHashMap<>();
  private final List<String> trained = new ArrayList<>();
  private final List<String> statistics = new ArrayList<>();
  private int steps;

  /**
   * @param engine DJL's PyTorch
   * @param model without tied copies
   * @param outputs the values that the loss reads
   * @param groups what is trained
   * @param shardSize images that one thread takes at a time, at least 1
   * @throws io.github.iaa4j.core.error.ModelException if there is no such output, or an operator is
   *     not known
   */
  public GraphTrainer(
      Engine engine,
      OnnxModel model,
      List<String> outputs,
      List<ParameterGroup> groups,
      Normalisation normalisation,
      int shardSize) {
    this.engine = engine;
    this.model = model;
    this.groups = List.copyOf(groups);
    this.normalisation = normalisation;
    this.shardSize = shardSize;
    Set<String> persistent = new LinkedHashSet<>();
    groups.forEach(group -> group.names().forEach(name -> groupOf.put(name, group)));
    persistent.addAll(groupOf.keySet());
    List<Node> nodes = model.ancestors(outputs);
    if (normalisation == Normalisation.BATCH) {
      for (Node node : nodes) {
        if (node.operator().equals("BatchNormalization")) {
          statistics.add(node.input(3));
          statistics.add(node.input(4));
        }
      }
      persistent.addAll(statistics);
    }
    this.interpreter = new Interpreter(model, outputs, persistent);
    this.manager = engine.newBaseManager(Device.cpu());
    for (String name : interpreter.arrays()) {
      arrays.put(name, NativeCopies.of(model.values(name), model.shape(name), manager));
    }
    for (ParameterGroup group : groups) {
      group.names().stream().filter(arrays::containsKey).sorted().forEach(trained::add);
    }
  }

  /** How many steps were taken. */
  public int steps() {
    return steps;
  }

  /** What the optimiser remembers, with which a training is resumed. */
  public Map<String, float[]> memory() {
    Map<String, float[]> memory = new TreeMap<>();
    groups.forEach(group -> memory.putAll(group.update().memory()));
    return memory;
  }

  /**
   * Goes on from a training that ended, whose weights the model has.
   *
   * @param steps that it took
   * @param memory what {@link #memory} gave
   */
  public void resume(int steps, Map<String, float[]> memory) {
    this.steps = steps;
    for (ParameterGroup group : groups) {
      Map<String, NDArray> own = new HashMap<>(arrays);
      own.keySet().retainAll(group.names());
      group.update().restore(memory, own, manager);
    }
  }

  /**
   * One optimiser step.
   *
   * @return the loss before the step
   */
  public float step(Batch batch, Loss loss) {
    int size = (int) batch.shape()[0];
    int shards = (size + shardSize - 1) / shardSize;
    try (NDManager scope = manager.newSubManager()) {
      List<Shard> parts;
      // DJL allows one open collector per process; the threads of this step share it.
      try (GradientCollector collector = engine.newGradientCollector()) {
        parts =
            Parallel.run(
                shards,
                k ->
                    shard(
                        batch,
                        k * shardSize,
                        Math.min(size, (k + 1) * shardSize),
                        loss,
                        scope,
                        collector));
      }
      steps++;
      Parallel.run(
          trained.size(),
          k -> {
            String name = trained.get(k);
            ParameterGroup group = get(groupOf, name);
            group
                .update()
                .apply(
                    name,
                    get(arrays, name),
                    sum(parts, name),
                    manager,
                    steps,
                    group.learningRate().getNewValue(steps - 1),
                    group.weightDecay());
            return name;
          });
      averageStatistics(parts);
      float value = 0;
      for (Shard each : parts) {
        value += each.loss();
      }
      return value;
    }
  }

  private static NDArray sum(List<Shard> parts, String name) {
    NDArray sum = get(parts.get(0).of(), name);
    for (Shard other : parts.subList(1, parts.size())) {
      sum.addi(get(other.of(), name));
    }
    return sum;
  }

  private void averageStatistics(List<Shard> parts) {
    for (String name : statistics) {
      NDArray mean = get(arrays, name);
      mean.muli(0);
      try (NDArray share = sum(parts, name).div(parts.size())) {
        mean.addi(share);
      }
    }
  }

  /** The gradients of a shard, weighted by its fraction of the batch. */
  private Shard shard(
      Batch batch, int from, int to, Loss loss, NDManager owner, GradientCollector collector) {
    try (NDManager scope = owner.newSubManager()) {
      Map<String, NDArray> given = handles(scope, true);
      for (String name : statistics) {
        NDArray own = get(arrays, name).duplicate();
        own.attach(scope);
        given.put(name, own);
      }
      Map<String, NDArray> outputs =
          interpreter.run(
              slice(batch.images(), batch.shape(), from, to, scope), given, scope, normalisation);
      NDArray targets = slice(batch.targets(), batch.targetShape(), from, to, scope);
      NDArray share = scope.full(new Shape(), (float) (to - from) / batch.shape()[0]);
      NDArray scalar = loss.of(name -> get(outputs, name), targets).mul(share);
      scalar.attach(scope);
      collector.backward(scalar);
      Map<String, NDArray> parts = new HashMap<>();
      trained.forEach(name -> parts.put(name, get(given, name).getGradient()));
      statistics.forEach(name -> parts.put(name, get(given, name)));
      parts.values().forEach(array -> array.attach(owner));
      return new Shard(parts, scalar.getFloat());
    }
  }

  /** The weights as handles that share their memory, and have gradients of their own. */
  private Map<String, NDArray> handles(NDManager scope, boolean training) {
    Map<String, NDArray> handles = new HashMap<>();
    arrays.forEach(
        (name, array) -> {
          NDArray handle = array.stopGradient();
          handle.attach(scope);
          handles.put(name, handle);
        });
    if (training) {
      trained.forEach(name -> get(handles, name).setRequiresGradient(true));
    }
    return handles;
  }

  private static NDArray slice(float[] images, long[] shape, int from, int to, NDManager scope) {
    int one = (int) Axes.product(shape, 1, shape.length);
    long[] part = shape.clone();
    part[0] = (long) to - from;
    return NativeCopies.of(Arrays.copyOfRange(images, from * one, to * one), part, scope);
  }

  /**
   * The outputs with the current weights and the running statistics.
   *
   * @param images {@code [B, 3, H, W]}
   * @return each output's values by name
   */
  public Map<String, float[]> predict(float[] images, long[] shape) {
    try (NDManager scope = manager.newSubManager()) {
      Map<String, float[]> values = new LinkedHashMap<>();
      interpreter
          .run(
              slice(images, shape, 0, (int) shape[0], scope),
              handles(scope, false),
              scope,
              Normalisation.FROZEN)
          .forEach((name, output) -> values.put(name, output.toFloatArray()));
      return values;
    }
  }

  /** The current values of all initializers that training changes, by name. */
  public Map<String, float[]> weights() {
    Map<String, float[]> values = new TreeMap<>();
    Stream.concat(trained.stream(), statistics.stream())
        .forEach(name -> values.put(name, get(arrays, name).toFloatArray()));
    return values;
  }

  /** The graph with the current weights. */
  public OnnxModel model() {
    return model.withValues(weights());
  }

  @Override
  public void close() {
    manager.close();
  }
}
