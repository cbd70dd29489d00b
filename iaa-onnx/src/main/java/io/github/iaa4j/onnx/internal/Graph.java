package io.github.iaa4j.onnx.internal;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.Device;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An ONNX graph, loaded: the owner of its native session. Any number of threads may run it at once;
 * each run computes on its caller's thread alone. It may be closed while it runs.
 */
public final class Graph implements AutoCloseable {

  private static final int ROWS = 0;

  private final OrtEnvironment environment;
  private final Path file;
  private final Remedies remedies;
  private final SharedSession session;
  private final Map<String, NodeInfo> inputs;
  private final Map<String, NodeInfo> outputs;

  private Graph(OrtEnvironment environment, Path file, Remedies remedies, OrtSession session)
      throws OrtException {
    this.environment = environment;
    this.file = file;
    this.remedies = remedies;
    this.inputs = session.getInputInfo();
    this.outputs = session.getOutputInfo();
    this.session = new SharedSession(file, session);
  }

  /**
   * Loads an ONNX file, and the files beside it that hold its weights.
   *
   * @param device may keep optimised graphs, which are used then
   * @throws ModelException if the file is incomplete or ONNX Runtime cannot load it
   * @throws io.github.iaa4j.core.error.ConfigurationException if the device is not available
   */
  public static Graph load(Path file, Device device, Remedies remedies) {
    GraphFile.requireComplete(file, remedies);
    return load(file, remedies, environment -> session(environment, file, device));
  }

  /**
   * Loads an ONNX model from memory. Optimised graphs that the device keeps are not used: they
   * belong to files.
   *
   * @param file the name of the model in messages
   * @param model not needed after the call
   * @throws ModelException if ONNX Runtime cannot load it
   * @throws io.github.iaa4j.core.error.ConfigurationException if the device is not available
   */
  public static Graph load(Path file, byte[] model, Device device, Remedies remedies) {
    return load(
        file,
        remedies,
        environment -> {
          try (OrtSession.SessionOptions options = options(device)) {
            return environment.createSession(model, options);
          }
        });
  }

  private interface SessionSource {
    OrtSession open(OrtEnvironment environment) throws OrtException;
  }

  private static Graph load(Path file, Remedies remedies, SessionSource source) {
    OrtEnvironment environment = OrtEnvironment.getEnvironment();
    try {
      OrtSession session = source.open(environment);
      try {
        return new Graph(environment, file, remedies, session);
      } catch (OrtException | RuntimeException e) {
        session.close();
        throw e;
      }
    } catch (OrtException e) {
      throw GraphFile.unloadable(file, remedies, e);
    }
  }

  private static OrtSession session(OrtEnvironment environment, Path file, Device device)
      throws OrtException {
    if (device.graphCache().isPresent()) {
      return new GraphCache(device.graphCache().get(), device).session(environment, file);
    }
    try (OrtSession.SessionOptions options = options(device)) {
      return environment.createSession(file.toString(), options);
    }
  }

  /** How every session is set up; closed by the caller. */
  static OrtSession.SessionOptions options(Device device) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    try {
      // The threads are ours: several runs with one thread each beat one run with several.
      options.setIntraOpNumThreads(1);
      options.setInterOpNumThreads(1);
      options.setDeterministicCompute(true);
      device.addTo(options);
      return options;
    } catch (OrtException | RuntimeException e) {
      options.close();
      throw e;
    }
  }

  /** How many graphs hold a native session now. Tests see from it that none is lost. */
  public static int open() {
    return SharedSession.open();
  }

  /** The file that this was loaded from. */
  public Path file() {
    return file;
  }

  /**
   * Checks the names of the inputs.
   *
   * @throws ModelException if the graph has other inputs
   */
  public void requireInputs(Set<String> names) {
    if (!inputs.keySet().equals(names)) {
      throw new ModelException(
          file,
          null,
          "expected the inputs "
              + new TreeSet<>(names)
              + ", found "
              + describe(inputs)
              + ". "
              + remedies.otherNames(),
          null);
    }
  }

  /**
   * The element type of an input, after checking its shape.
   *
   * @param shape what will be passed; each dimension that the graph fixes must be equal
   * @param types which element types there may be
   * @throws ModelException if type or shape are others
   */
  public OnnxJavaType requireInput(String name, long[] shape, OnnxJavaType... types) {
    return require(name, inputs.get(name), shape, types);
  }

  /**
   * The element type of an input of floating-point numbers, FLOAT or FLOAT16, after checking its
   * shape.
   *
   * @throws ModelException if type or shape are others
   */
  public OnnxJavaType requireFloats(String name, long[] shape) {
    return requireInput(name, shape, OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16);
  }

  /**
   * An output of floating-point numbers.
   *
   * @param name in the graph
   * @param type FLOAT or FLOAT16
   */
  public record Output(String name, OnnxJavaType type) {}

  /**
   * The output to read, after checking its shape.
   *
   * @param name the usual name; where there is no such output, the first of this shape is meant
   * @throws ModelException if type or shape are others
   */
  public Output requireOutput(String name, long[] shape) {
    String found = outputs.containsKey(name) ? name : fitting(shape);
    OnnxJavaType type =
        require(found, outputs.get(found), shape, OnnxJavaType.FLOAT, OnnxJavaType.FLOAT16);
    return new Output(found, type);
  }

  /** The first output of a shape, or the first of all. */
  private String fitting(long[] shape) {
    return outputs.entrySet().stream()
        .filter(
            output ->
                output.getValue().getInfo() instanceof TensorInfo info
                    && fits(info.getShape(), shape))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseGet(() -> outputs.keySet().iterator().next());
  }

  /** The inputs, in the graph's order. */
  public List<String> inputNames() {
    return List.copyOf(inputs.keySet());
  }

  /** The outputs, in the graph's order. */
  public List<String> outputNames() {
    return List.copyOf(outputs.keySet());
  }

  /**
   * An output of floating-point numbers that has to have this name.
   *
   * @param remedy where there is none of this name
   * @throws ModelException if there is none, or type or shape are others
   */
  public Output requireOutputNamed(String name, long[] shape, String remedy) {
    requireOutputNamed(name, remedy);
    return requireOutput(name, shape);
  }

  private void requireOutputNamed(String name, String remedy) {
    if (!outputs.containsKey(name)) {
      throw new ModelException(
          file,
          name,
          "the graph has no such output. It has " + describe(outputs) + ". " + remedy,
          null);
    }
  }

  private OnnxJavaType require(
      String name, @Nullable NodeInfo node, long[] shape, OnnxJavaType... types) {
    if (node == null || !(node.getInfo() instanceof TensorInfo info)) {
      throw mismatch(name, shape, types, remedies.otherNames());
    }
    if (!Arrays.asList(types).contains(info.type)) {
      boolean isFloat =
          Set.of(OnnxJavaType.FLOAT16, OnnxJavaType.BFLOAT16, OnnxJavaType.DOUBLE)
              .contains(info.type);
      throw mismatch(
          name, shape, types, isFloat ? remedies.otherPrecision() : remedies.otherNames());
    }
    if (!fits(info.getShape(), shape)) {
      throw mismatch(name, shape, types, remedies.otherShape());
    }
    return info.type;
  }

  private static boolean fits(long[] declared, long[] shape) {
    boolean fits = declared.length == shape.length;
    for (int i = 0; fits && i < shape.length; i++) {
      // Dimensions that an export leaves open are negative.
      fits = declared[i] < 0 || declared[i] == shape[i];
    }
    return fits;
  }

  private ModelException mismatch(String name, long[] shape, OnnxJavaType[] types, String remedy) {
    return new ModelException(
        file,
        name,
        "expected "
            + Arrays.toString(types)
            + " of shape "
            + Arrays.toString(shape)
            + ", found inputs "
            + describe(inputs)
            + " and outputs "
            + describe(outputs)
            + ". "
            + remedy,
        null);
  }

  /** The length of each dimension of an input, -1 where it is open; empty if there is none. */
  public long[] inputShape(String name) {
    return shape(inputs.get(name));
  }

  /** The length of each dimension of an output, -1 where it is open; empty if there is none. */
  public long[] outputShape(String name) {
    return shape(outputs.get(name));
  }

  private static long[] shape(@Nullable NodeInfo node) {
    return node != null && node.getInfo() instanceof TensorInfo info
        ? info.getShape()
        : new long[0];
  }

  /**
   * How many rows a run takes: the first dimension of some inputs, where the graph fixes it.
   *
   * @return at least 1, or 0 where any number goes
   * @throws ModelException if two inputs fix different numbers
   */
  public int fixedRows(Collection<String> names) {
    long rows = 0;
    for (String name : names) {
      long[] shape = inputShape(name);
      if (shape.length == 0 || shape[ROWS] < 1 || shape[ROWS] == rows) {
        continue;
      }
      if (rows > 0) {
        throw new ModelException(
            file,
            name,
            "its inputs are fixed to batches of different sizes: "
                + describe(inputs)
                + ". Export the model again with an open batch.",
            null);
      }
      rows = shape[ROWS];
    }
    return Math.toIntExact(rows);
  }

  /**
   * The only input, whatever its name.
   *
   * @param usual its usual name
   * @throws ModelException if there are others
   */
  public String soleInput(String usual) {
    if (inputs.size() != 1) {
      requireInputs(Set.of(usual));
    }
    return inputs.keySet().iterator().next();
  }

  /** Whether an input takes any length along a dimension. */
  public boolean isOpen(String name, int dimension) {
    long[] shape = inputShape(name);
    return dimension < shape.length && shape[dimension] < 0;
  }

  /** A tensor over a direct buffer that stays ours: what is written there, a run sees. */
  public OnnxTensor tensor(ByteBuffer buffer, long[] shape, OnnxJavaType type) {
    try {
      return OnnxTensor.createTensor(environment, buffer, shape, type);
    } catch (OrtException | IllegalStateException e) {
      throw new ModelException(
          file, null, "no tensor of shape " + Arrays.toString(shape) + ": " + e.getMessage(), e);
    }
  }

  /** How many elements a tensor of a shape has. */
  public static int elements(long[] shape) {
    long elements = 1;
    for (long length : shape) {
      elements *= length;
    }
    return Math.toIntExact(elements);
  }

  /** A direct buffer for a number of elements of 2, 4 or 8 bytes, in native byte order. */
  public static ByteBuffer buffer(long elements, OnnxJavaType type) {
    return ByteBuffer.allocateDirect(Math.toIntExact(elements * type.size))
        .order(ByteOrder.nativeOrder());
  }

  /**
   * Runs the graph from the caller's buffers into the caller's buffers; nothing is allocated or
   * copied on the CPU.
   *
   * @throws ModelException if ONNX Runtime cannot run it
   * @throws IllegalStateException if the graph is closed
   */
  public void run(Map<String, OnnxTensor> inputTensors, Map<String, OnnxTensor> outputTensors) {
    OrtSession entered = session.enter();
    try {
      entered.run(inputTensors, outputTensors).close();
    } catch (OrtException e) {
      throw failedRun(shapes(inputTensors), shapes(outputTensors), e);
    } finally {
      session.leave();
    }
  }

  /**
   * What a run computed.
   *
   * @param shape every dimension at least 0
   * @param values in row-major order
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Values(long[] shape, float[] values) {}

  /**
   * Runs the graph as far as one output needs it.
   *
   * @return as {@link #compute}, without the shape
   * @throws ModelException if there is no such output, or ONNX Runtime cannot run it
   * @throws IllegalStateException if the graph is closed
   */
  public float[] run(Map<String, FloatTensor> inputTensors, String output) {
    return compute(inputTensors, output).values();
  }

  /**
   * Runs the graph as far as one output needs it. For outputs whose shape the caller does not know.
   *
   * @param inputTensors all inputs, by name; they stay the caller's
   * @param output the name of an output of FLOAT or FLOAT16
   * @return its shape and its values, owned by the caller; FLOAT is copied once
   * @throws ModelException if there is no such output, or ONNX Runtime cannot run it
   * @throws IllegalStateException if the graph is closed
   */
  public Values compute(Map<String, FloatTensor> inputTensors, String output) {
    requireOutputNamed(output, remedies.otherNames());
    Map<String, OnnxTensor> tensors = new TreeMap<>();
    inputTensors.forEach((name, tensor) -> tensors.put(name, tensor.tensor()));
    OrtSession entered = session.enter();
    try (OrtSession.Result result = entered.run(tensors, Set.of(output))) {
      FloatBuffer floats =
          result.get(0) instanceof OnnxTensor tensor ? tensor.getFloatBuffer() : null;
      if (floats == null || !(result.get(0).getInfo() instanceof TensorInfo info)) {
        throw new ModelException(
            file,
            output,
            "expected FLOAT or FLOAT16, found " + describe(outputs) + ". " + remedies.otherNames(),
            null);
      }
      return new Values(info.getShape(), array(floats));
    } catch (OrtException e) {
      throw failedRun(shapes(tensors), output, e);
    } finally {
      session.leave();
    }
  }

  /** FLOAT comes as a copy on the Java heap, FLOAT16 as a converted copy that is not. */
  private static float[] array(FloatBuffer values) {
    if (values.hasArray()) {
      return values.array();
    }
    float[] copy = new float[values.remaining()];
    values.get(copy);
    return copy;
  }

  private ModelException failedRun(String given, String wanted, OrtException cause) {
    return GraphFile.failedRun(
        file,
        remedies,
        "The graph has inputs "
            + describe(inputs)
            + "; it was given "
            + given
            + ", to compute "
            + wanted
            + ".",
        cause);
  }

  private static String shapes(Map<String, OnnxTensor> tensors) {
    Map<String, String> shapes = new TreeMap<>();
    tensors.forEach(
        (name, tensor) -> shapes.put(name, Arrays.toString(tensor.getInfo().getShape())));
    return shapes.toString();
  }

  /** Does not wait: native memory is released when the last run under way has ended. */
  @Override
  public void close() {
    session.close();
  }

  private static String describe(Map<String, NodeInfo> nodes) {
    StringBuilder text = new StringBuilder();
    nodes.forEach(
        (name, node) -> {
          text.append(text.isEmpty() ? "" : ", ").append(name);
          if (node.getInfo() instanceof TensorInfo info) {
            text.append(' ').append(info.type).append(Arrays.toString(info.getShape()));
          }
        });
    return text.toString();
  }
}
