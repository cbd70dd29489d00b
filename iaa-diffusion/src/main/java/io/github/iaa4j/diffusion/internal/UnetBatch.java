package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Map;

/**
 * The input and output buffers for running the UNet on a fixed number of rows, made once and
 * rewritten. For one thread.
 */
public final class UnetBatch implements AutoCloseable {

  private final Unet unet;
  private final int latentSize;
  private final int textSize;
  private final FloatBuffer latents;
  private final ByteBuffer timestep;
  private final FloatBuffer text;
  private final FloatBuffer answers;
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;

  /**
   * @param unet stays the caller's
   * @param rows how many latents are asked about at once
   */
  public UnetBatch(Unet unet, int rows) {
    this.unet = unet;
    latentSize = size(unet.latentShape());
    textSize = size(unet.textShape());
    ByteBuffer sample = Graph.buffer((long) rows * latentSize, OnnxJavaType.FLOAT);
    ByteBuffer states = Graph.buffer((long) rows * textSize, OnnxJavaType.FLOAT);
    ByteBuffer answer = Graph.buffer((long) rows * latentSize, OnnxJavaType.FLOAT);
    timestep = Graph.buffer(1, unet.timestepType());
    latents = sample.asFloatBuffer();
    text = states.asFloatBuffer();
    answers = answer.asFloatBuffer();
    Graph graph = unet.graph();
    long[] shape = Unet.withRows(rows, unet.latentShape());
    inputs =
        Map.of(
            Unet.SAMPLE, graph.tensor(sample, shape, OnnxJavaType.FLOAT),
            Unet.TIMESTEP, graph.tensor(timestep, unet.timestepShape(), unet.timestepType()),
            Unet.TEXT,
                graph.tensor(states, Unet.withRows(rows, unet.textShape()), OnnxJavaType.FLOAT));
    outputs = Map.of(unet.output(), graph.tensor(answer, shape, OnnxJavaType.FLOAT));
  }

  /** Writes the latents of a row, multiplied by a scale. */
  public void setLatents(int row, float[] values, float scale) {
    int start = row * latentSize;
    for (int i = 0; i < latentSize; i++) {
      latents.put(start + i, values[i] * scale);
    }
  }

  /** Writes what a row's latents shall show. */
  public void setText(int row, float[] embedding) {
    text.put(row * textSize, embedding);
  }

  /**
   * Asks the UNet.
   *
   * @param time the timestep; its fraction is cut where the UNet takes whole ones, as diffusers
   *     does
   */
  public void run(float time) {
    switch (unet.timestepType()) {
      case INT64 -> timestep.putLong(0, (long) time);
      case INT32 -> timestep.putInt(0, (int) time);
      default -> timestep.putFloat(0, time);
    }
    unet.graph().run(inputs, outputs);
  }

  /** Copies a row of the answer. */
  public void getAnswer(int row, float[] into) {
    answers.get(row * latentSize, into);
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    outputs.values().forEach(OnnxTensor::close);
  }

  private static int size(long[] shape) {
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    return Math.toIntExact(size);
  }
}
