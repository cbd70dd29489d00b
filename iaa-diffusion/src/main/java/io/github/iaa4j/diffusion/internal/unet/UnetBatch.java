package io.github.iaa4j.diffusion.internal.unet;

import ai.onnxruntime.OnnxTensor;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.Resources;
import io.github.iaa4j.onnx.internal.RowTensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The input and output buffers for batches of a fixed number of rows, made once and rewritten.
 * Where the UNet takes another number at once, it is run several times. For one thread.
 */
public final class UnetBatch implements AutoCloseable {

  private final Unet unet;
  private final int latentSize;
  private final RowTensor latents;
  private final Timestep timestep;
  private final RowTensor predictions;
  private final Map<String, RowTensor> rowInputs = new HashMap<>();

  /** The tensors of each run. */
  private final List<Run> runs = new ArrayList<>();

  // ONNX Runtime walks through both in every run. TreeMaps, unlike those of Map.of, have their
  // entries ready.
  private record Run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {}

  /**
   * @param unet stays the caller's
   * @param rows rows of the batch
   * @param tokens S, of the texts of each row
   */
  public UnetBatch(Unet unet, int rows, int tokens) {
    this.unet = unet;
    latentSize = Graph.elements(unet.latentShape());
    Graph graph = unet.graph();
    int fixed = unet.fixedRows();
    List<AutoCloseable> made = new ArrayList<>();
    try {
      latents = new RowTensor(graph, rows, fixed, unet.sampleShape(), unet.sampleType());
      made.add(latents);
      for (Unet.RowInput input : unet.rowInputs().toList()) {
        RowTensor tensor = new RowTensor(graph, rows, fixed, input.shape(tokens), input.type());
        made.add(tensor);
        rowInputs.put(input.name(), tensor);
      }
      predictions = new RowTensor(graph, rows, fixed, unet.latentShape(), unet.outputType());
      made.add(predictions);
      timestep = new Timestep(graph);
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, made);
      throw e;
    }
    for (int run = 0; run < RowTensor.runs(rows, fixed); run++) {
      Map<String, OnnxTensor> inputs = new TreeMap<>();
      inputs.put(TensorNames.SAMPLE, latents.tensor(run));
      inputs.put(Timestep.NAME, timestep.tensor());
      for (Map.Entry<String, RowTensor> input : rowInputs.entrySet()) {
        inputs.put(input.getKey(), input.getValue().tensor(run));
      }
      runs.add(new Run(inputs, new TreeMap<>(Map.of(unet.output(), predictions.tensor(run)))));
    }
  }

  /** Writes the latents of a row, scaled as the model takes them. */
  public void setLatents(int row, float[] values) {
    latents.put(row, 0, values);
  }

  /** Writes the channels that a row shows after its latents. */
  public void setCondition(int row, float[] values) {
    latents.put(row, latentSize, values);
  }

  /** Writes the inputs of a row besides its latents. */
  public void setConditioning(int row, Conditioning conditioning) {
    conditioning.inputs().forEach((name, values) -> set(name, row, values));
  }

  /** Writes a row of a further input. */
  void set(String name, int row, float[] values) {
    RowTensor input = rowInputs.get(name);
    if (input == null || values.length != input.rowSize()) {
      throw new IllegalArgumentException(
          name
              + ": "
              + values.length
              + " numbers, the UNet takes "
              + (input == null ? "none" : input.rowSize()));
    }
    input.put(row, 0, values);
  }

  /**
   * Runs the UNet.
   *
   * @param time the timestep; its fraction is cut where the UNet takes whole ones, as diffusers
   *     does
   */
  public void run(float time) {
    timestep.set(time);
    for (int i = 0; i < runs.size(); i++) {
      unet.graph().run(runs.get(i).inputs, runs.get(i).outputs);
    }
  }

  /** Copies the prediction of a row, {@code [C, h, w]}. */
  public void getPrediction(int row, float[] into) {
    predictions.get(row, into);
  }

  @Override
  public void close() {
    latents.close();
    timestep.close();
    rowInputs.values().forEach(RowTensor::close);
    predictions.close();
  }
}
