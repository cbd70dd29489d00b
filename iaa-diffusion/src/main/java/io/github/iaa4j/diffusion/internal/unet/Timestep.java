package io.github.iaa4j.diffusion.internal.unet;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.platform.Fp16Conversions;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.internal.Graph;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The timestep input of a graph: a scalar, or one value for each row; integer or floating point.
 */
final class Timestep implements AutoCloseable {

  static final String NAME = "timestep";

  private final OnnxJavaType type;
  private final int count;
  private final ByteBuffer values;
  private final OnnxTensor tensor;

  /**
   * @throws ModelException if the graph has no such input
   */
  Timestep(Graph graph) {
    type = check(graph);
    count = Graph.elements(shape(graph));
    values = Graph.buffer(count, type);
    tensor = graph.tensor(values, shape(graph), type);
  }

  /**
   * What type of number the graph takes.
   *
   * @throws ModelException if it has no such input, or one of another shape or type
   */
  static OnnxJavaType check(Graph graph) {
    return graph.requireInput(
        NAME,
        shape(graph),
        OnnxJavaType.INT64,
        OnnxJavaType.INT32,
        OnnxJavaType.FLOAT,
        OnnxJavaType.FLOAT16,
        OnnxJavaType.DOUBLE);
  }

  /**
   * Checks that the graph takes timesteps whose fractions count.
   *
   * @param scheduler that has them, for the error
   * @throws ModelException if it takes integers
   */
  static void requireFractions(Graph graph, String scheduler) {
    OnnxJavaType type = check(graph);
    if (type == OnnxJavaType.INT64 || type == OnnxJavaType.INT32) {
      throw new ModelException(
          graph.file(),
          NAME,
          "the graph takes integer timesteps, "
              + type
              + ", and "
              + scheduler
              + " has logarithms of noise levels, such as 1.1 and -0.35: truncated to integers they"
              + " all but coincide, and the images would be wrong. Export the model again with a"
              + " newer Optimum, which makes them floats, or change the type of this input as the"
              + " README of iaa-diffusion shows.",
          null);
    }
  }

  /** Empty, or a list of one; of more where an export for a fixed batch takes one for each row. */
  static long[] shape(Graph graph) {
    return Arrays.stream(graph.inputShape(NAME)).map(length -> Math.max(length, 1)).toArray();
  }

  /** Writes a timestep; truncated where the graph takes integers, as in diffusers. */
  void set(float time) {
    for (int i = 0; i < count; i++) {
      int at = i * type.size;
      switch (type) {
        case INT64 -> values.putLong(at, (long) time);
        case INT32 -> values.putInt(at, (int) time);
        case FLOAT16 -> values.putShort(at, Fp16Conversions.floatToFp16(time));
        case DOUBLE -> values.putDouble(at, time);
        default -> values.putFloat(at, time);
      }
    }
  }

  OnnxTensor tensor() {
    return tensor;
  }

  @Override
  public void close() {
    tensor.close();
  }
}
