package io.github.iaa4j.diffusion.internal.unet;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import io.github.iaa4j.core.dataset.RgbImage;
import io.github.iaa4j.diffusion.internal.model.JobImages;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.diffusion.internal.text.Conditioning;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.Resources;
import io.github.iaa4j.onnx.internal.RowTensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The input and output buffers for running the ControlNets on a fixed number of rows, made once and
 * rewritten. For one thread.
 */
public final class ControlBatch implements AutoCloseable {

  private final ControlNets controls;
  private final List<Unet.RowInput> residuals;
  private final List<NetBatch> batches = new ArrayList<>();
  private final float[] pixels;
  private final float[] scales;

  /** For each residual, one row: the sum over the ControlNets, and what one of them adds. */
  private final float[][] sums;

  private final float[][] parts;

  /** The buffers of one ControlNet. */
  private static final class NetBatch implements AutoCloseable {

    final Graph graph;
    final RowTensor latents;
    final RowTensor image;
    final Timestep timestep;
    final Map<String, RowTensor> rowInputs = new HashMap<>();
    final List<RowTensor> residuals = new ArrayList<>();
    private final List<AutoCloseable> made = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> inputs = new ArrayList<>();
    private final List<Map<String, OnnxTensor>> outputs = new ArrayList<>();

    NetBatch(ControlNets.Net net, Unet unet, long[] imageShape, int rows, int tokens) {
      graph = net.graph();
      int fixed = net.fixedRows();
      for (int run = 0; run < RowTensor.runs(rows, fixed); run++) {
        inputs.add(new HashMap<>());
        outputs.add(new HashMap<>());
      }
      try {
        latents =
            tensor(TensorNames.SAMPLE, rows, fixed, unet.latentShape(), net.sampleType(), inputs);
        image = tensor(ControlNets.IMAGE, rows, fixed, imageShape, net.imageType(), inputs);
        timestep = new Timestep(graph);
        made.add(timestep);
        inputs.forEach(run -> run.put(Timestep.NAME, timestep.tensor()));
        for (Unet.RowInput input : net.rowInputs()) {
          rowInputs.put(
              input.name(),
              tensor(input.name(), rows, fixed, input.shape(tokens), input.type(), inputs));
        }
        if (net.takesScale()) {
          OnnxTensor scale = net.scaleOfOne();
          made.add(scale);
          inputs.forEach(run -> run.put(ControlNets.SCALE, scale));
        }
        for (int i = 0; i < net.residuals().size(); i++) {
          Graph.Output output = net.residuals().get(i);
          long[] row = unet.residuals().get(i).row();
          residuals.add(tensor(output.name(), rows, fixed, row, output.type(), outputs));
        }
      } catch (RuntimeException | Error e) {
        close();
        throw e;
      }
    }

    private RowTensor tensor(
        String name,
        int rows,
        int fixed,
        long[] row,
        OnnxJavaType type,
        List<Map<String, OnnxTensor>> into) {
      RowTensor tensor = new RowTensor(graph, rows, fixed, row, type);
      made.add(tensor);
      for (int run = 0; run < into.size(); run++) {
        into.get(run).put(name, tensor.tensor(run));
      }
      return tensor;
    }

    void run(float time) {
      timestep.set(time);
      for (int run = 0; run < inputs.size(); run++) {
        graph.run(inputs.get(run), outputs.get(run));
      }
    }

    @Override
    public void close() {
      Resources.close(made);
    }
  }

  /**
   * @param controls stay the caller's
   * @param unet that takes the residuals; stays the caller's
   * @param rows rows of a batch
   * @param tokens S, of the texts of each row
   */
  public ControlBatch(ControlNets controls, Unet unet, int rows, int tokens) {
    this.controls = controls;
    residuals = unet.residuals();
    pixels = new float[Graph.elements(controls.imageShape())];
    scales = new float[controls.nets().size()];
    sums = new float[residuals.size()][];
    parts = new float[residuals.size()][];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = new float[Graph.elements(residuals.get(i).row())];
      parts[i] = new float[sums[i].length];
    }
    try {
      for (ControlNets.Net net : controls.nets()) {
        batches.add(new NetBatch(net, unet, controls.imageShape(), rows, tokens));
      }
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Writes the inputs of a row besides its latents: one image for each ControlNet. */
  public void setConditioning(int row, Conditioning conditioning, List<RgbImage> images) {
    for (int i = 0; i < batches.size(); i++) {
      NetBatch batch = batches.get(i);
      JobImages.planes(images.get(i), pixels);
      batch.image.put(row, 0, pixels);
      batch.rowInputs.forEach(
          (name, tensor) -> {
            tensor.put(row, 0, conditioning.input(name));
          });
    }
  }

  /** Writes the latents of a row, scaled as the model takes them. */
  public void setLatents(int row, float[] values) {
    for (NetBatch batch : batches) {
      batch.latents.put(row, 0, values);
    }
  }

  /**
   * Runs the ControlNets that steer the step.
   *
   * @param time the timestep
   * @param step of the run, from 0
   * @param steps of the run
   */
  public void run(float time, int step, int steps) {
    for (int i = 0; i < scales.length; i++) {
      scales[i] = controls.nets().get(i).scaleAt(step, steps);
      // The residuals of others would be scaled to nothing.
      if (scales[i] != 0) {
        batches.get(i).run(time);
      }
    }
  }

  /**
   * Writes the sum of the scaled residuals to the UNet.
   *
   * @param free rows of the UNet at its start that are not steered
   * @param steered rows of these, which those of the UNet after its free ones are steered by
   */
  public void addResidualsTo(UnetBatch unet, int free, int steered) {
    for (int r = 0; r < sums.length; r++) {
      float weight = controls.weight(r, sums.length);
      for (int row = 0; row < free + steered; row++) {
        Arrays.fill(sums[r], 0);
        for (int i = 0; i < scales.length && row >= free; i++) {
          if (scales[i] != 0) {
            add(batches.get(i).residuals.get(r), row - free, weight * scales[i], parts[r], sums[r]);
          }
        }
        unet.set(residuals.get(r).name(), row, sums[r]);
      }
    }
  }

  private static void add(RowTensor from, int row, float scale, float[] part, float[] sum) {
    from.get(row, part);
    for (int i = 0; i < part.length; i++) {
      sum[i] += part[i] * scale;
    }
  }

  @Override
  public void close() {
    batches.forEach(NetBatch::close);
  }
}
