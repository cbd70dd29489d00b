package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The input and output buffers for running the UNet on a fixed number of rows, made once and
 * rewritten. For one thread.
 */
public final class UnetBatch implements AutoCloseable {

  private final Unet unet;
  private final int latentSize;
  private final FloatTensor latents;
  private final int sampleSize;
  private final Timestep timestep;
  private final FloatTensor answers;
  private final Map<String, RowInput> rowInputs = new HashMap<>();

  // ONNX Runtime walks through both in every run. These maps, unlike those of Map.of, have their
  // entries ready.
  private final Map<String, OnnxTensor> inputs = new TreeMap<>();
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
    sampleSize = Graph.elements(unet.sampleShape());
    Graph graph = unet.graph();
    long[] shape = Unet.withRows(rows, unet.latentShape());
    List<AutoCloseable> made = new ArrayList<>();
    try {
      latents = new FloatTensor(graph, Unet.withRows(rows, unet.sampleShape()), unet.sampleType());
      made.add(latents);
      inputs.put(Unet.SAMPLE, latents.tensor());
      for (Unet.RowInput input : unet.rowInputs().toList()) {
        long[] row = input.shape(tokens);
        FloatTensor tensor = new FloatTensor(graph, Unet.withRows(rows, row), input.type());
        made.add(tensor);
        rowInputs.put(input.name(), new RowInput(tensor, Graph.elements(row)));
        inputs.put(input.name(), tensor.tensor());
      }
      answers = new FloatTensor(graph, shape, unet.outputType());
      made.add(answers);
      timestep = new Timestep(graph);
      inputs.put(Timestep.NAME, timestep.tensor());
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, made);
      throw e;
    }
    outputs = new TreeMap<>(Map.of(unet.output(), answers.tensor()));
  }

  /** Writes the latents of a row, scaled as the model takes them. */
  public void setLatents(int row, float[] values) {
    latents.put(row * sampleSize, values);
  }

  /** Writes the channels that a row shows after its latents. */
  void setCondition(int row, float[] values) {
    latents.put(row * sampleSize + latentSize, values);
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
    timestep.set(time);
    unet.graph().run(inputs, outputs);
  }

  /** Copies a row of the answer. */
  public void getAnswer(int row, float[] into) {
    answers.get(row * latentSize, into);
  }

  @Override
  public void close() {
    latents.close();
    timestep.close();
    rowInputs.values().forEach(input -> input.tensor.close());
    answers.close();
  }
}
