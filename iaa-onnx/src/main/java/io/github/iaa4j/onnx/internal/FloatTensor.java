package io.github.iaa4j.onnx.internal;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.ShortBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A tensor over a direct buffer, made once and rewritten, that takes and gives float32 whatever the
 * graph has: float32 or float16. Conversions to float16 round to the nearest, ties to even.
 */
public final class FloatTensor implements AutoCloseable {

  private final OnnxTensor tensor;
  private final @Nullable FloatBuffer floats;
  private final @Nullable ShortBuffer halfFloats;

  /**
   * @param graph the tensor's
   * @param shape every dimension at least 1
   * @param type FLOAT or FLOAT16
   */
  public FloatTensor(Graph graph, long[] shape, OnnxJavaType type) {
    ByteBuffer bytes = Graph.buffer(Graph.elements(shape), type);
    tensor = graph.tensor(bytes, shape, type);
    floats = type == OnnxJavaType.FLOAT ? bytes.asFloatBuffer() : null;
    halfFloats = type == OnnxJavaType.FLOAT ? null : bytes.asShortBuffer();
  }

  /** The tensor for a run; closed with this. */
  public OnnxTensor tensor() {
    return tensor;
  }

  /** Writes values from a place on. */
  public void put(int start, float[] values) {
    if (floats != null) {
      floats.put(start, values);
    } else if (halfFloats != null) {
      for (int i = 0; i < values.length; i++) {
        halfFloats.put(start + i, Fp16Conversions.floatToFp16(values[i]));
      }
    }
  }

  /** Copies values from a place on, as many as the array holds. */
  public void get(int start, float[] into) {
    if (floats != null) {
      floats.get(start, into);
    } else if (halfFloats != null) {
      for (int i = 0; i < into.length; i++) {
        into[i] = Fp16Conversions.fp16ToFloat(halfFloats.get(start + i));
      }
    }
  }

  @Override
  public void close() {
    tensor.close();
  }
}
