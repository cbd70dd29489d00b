package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.platform.Fp16Conversions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
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
  private final int textSize;
  private final FloatTensor latents;
  private final ByteBuffer timestep;
  private final OnnxTensor timestepTensor;
  private final FloatTensor text;
  private final FloatTensor answers;
  // ONNX Runtime walks through both in every run. These maps, unlike those of Map.of, have their
  // entries ready.
  private final Map<String, OnnxTensor> inputs;
  private final Map<String, OnnxTensor> outputs;

  /**
   * @param unet stays the caller's
   * @param rows how many latents are asked about at once
   */
  public UnetBatch(Unet unet, int rows) {
    this.unet = unet;
    latentSize = Graph.elements(unet.latentShape());
    textSize = Graph.elements(unet.textShape());
    Graph graph = unet.graph();
    long[] shape = Unet.withRows(rows, unet.latentShape());
    timestep = Graph.buffer(1, unet.timestepType());
    List<FloatTensor> made = new ArrayList<>();
    try {
      latents = new FloatTensor(graph, shape, unet.sampleType());
      made.add(latents);
      text = new FloatTensor(graph, Unet.withRows(rows, unet.textShape()), unet.textType());
      made.add(text);
      answers = new FloatTensor(graph, shape, unet.outputType());
      made.add(answers);
      timestepTensor = graph.tensor(timestep, unet.timestepShape(), unet.timestepType());
    } catch (RuntimeException | Error e) {
      made.forEach(FloatTensor::close);
      throw e;
    }
    inputs =
        new TreeMap<>(
            Map.of(
                Unet.SAMPLE, latents.tensor(),
                Unet.TIMESTEP, timestepTensor,
                Unet.TEXT, text.tensor()));
    outputs = new TreeMap<>(Map.of(unet.output(), answers.tensor()));
  }

  /** Writes the latents of a row, multiplied by a scale. */
  public void setLatents(int row, float[] values, float scale) {
    latents.put(row * latentSize, values, scale);
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
    text.close();
    answers.close();
  }
}
