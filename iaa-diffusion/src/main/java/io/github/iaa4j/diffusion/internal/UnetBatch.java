package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The input and output buffers for running the UNet on a fixed number of rows, made once and
 * rewritten. For one thread.
 */
public final class UnetBatch implements AutoCloseable {

  private final Unet unet;
  private final int latentSize;
  private final FloatTensor latents;
  private final ByteBuffer timestep;
  private final OnnxTensor timestepTensor;
  private final FloatTensor answers;
  private final Map<String, RowInput> rowInputs = new HashMap<>();
  private final Map<String, OnnxTensor> inputs = new HashMap<>();
  private final Map<String, OnnxTensor> outputs;

  /** A further input that has so many numbers a row. */
  private record RowInput(FloatTensor tensor, int size) {}

  /**
   * @param unet stays the caller's
   * @param rows how many latents are asked about at once
   * @param tokens S, of the texts of each row
   */
  public UnetBatch(Unet unet, int rows, int tokens) {
    this.unet = unet;
    latentSize = Graph.elements(unet.latentShape());
    Graph graph = unet.graph();
    long[] shape = Unet.withRows(rows, unet.latentShape());
    timestep = Graph.buffer(1, unet.timestepType());
    List<AutoCloseable> made = new ArrayList<>();
    try {
      latents = new FloatTensor(graph, shape, unet.sampleType());
      made.add(latents);
      inputs.put(Unet.SAMPLE, latents.tensor());
      for (Unet.RowInput input : unet.rowInputs()) {
        long[] row = input.shape(tokens);
        FloatTensor tensor = new FloatTensor(graph, Unet.withRows(rows, row), input.type());
        made.add(tensor);
        rowInputs.put(input.name(), new RowInput(tensor, Graph.elements(row)));
        inputs.put(input.name(), tensor.tensor());
      }
      answers = new FloatTensor(graph, shape, unet.outputType());
      made.add(answers);
      timestepTensor = graph.tensor(timestep, unet.timestepShape(), unet.timestepType());
      inputs.put(Unet.TIMESTEP, timestepTensor);
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, made);
      throw e;
    }
    outputs = Map.of(unet.output(), answers.tensor());
  }

  /** Writes the latents of a row, multiplied by a scale. */
  public void setLatents(int row, float[] values, float scale) {
    latents.put(row * latentSize, values, scale);
  }

  /** Writes what a row is asked with besides its latents. */
  public void setConditioning(int row, Conditioning conditioning) {
    conditioning.inputs().forEach((name, values) -> set(name, row, values));
  }

  /** Writes a row of a further input. */
  void set(String name, int row, float[] values) {
    RowInput input = rowInputs.get(name);
    if (input == null || values.length != input.size) {
      throw new IllegalArgumentException(
          name + ": " + values.length + " numbers, the UNet takes " + input);
    }
    input.tensor.put(row * input.size, values);
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
      case FLOAT16 -> timestep.putShort(0, Fp16Conversions.floatToFp16(time));
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
    latents.close();
    timestepTensor.close();
    rowInputs.values().forEach(input -> input.tensor.close());
    answers.close();
  }
}
