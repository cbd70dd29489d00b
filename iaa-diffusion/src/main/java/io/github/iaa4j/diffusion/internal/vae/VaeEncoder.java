package io.github.iaa4j.diffusion.internal.vae;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.Exports;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.RowTensor;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code vae_encoder/}: images to latents. Its graph computes the mean and the logarithm of the
 * variance of a normal distribution over latents, one after the other, as Optimum exports it. Safe
 * for use by several threads.
 */
public final class VaeEncoder implements AutoCloseable {

  private static final String INPUT = "sample";
  private static final String OUTPUT = "latent_parameters";
  private static final float MIN_LOG_VARIANCE = -30;
  private static final float MAX_LOG_VARIANCE = 20;

  /** What encoder and decoder of one autoencoder have in common. */
  private static final List<String> SHARED =
      List.of(
          "latent_channels",
          "block_out_channels",
          "scaling_factor",
          "shift_factor",
          "latents_mean",
          "latents_std");

  private final Vae vae;
  private final Graph graph;
  private final int fixedRows;
  private final long[] imageShape;
  private final long[] momentsShape;
  private final String input;
  private final OnnxJavaType inputType;
  private final Graph.Output output;

  /**
   * @param folder the model's
   * @param vae the decoder of the same autoencoder; stays the caller's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @param device where to compute
   * @throws ModelException if the folder has no encoder that belongs to the decoder
   */
  public VaeEncoder(ModelFolder folder, Vae vae, int width, int height, Device device) {
    this.vae = vae;
    JsonConfig config = folder.config(ModelFolder.ENCODER);
    JsonConfig decoder = Vae.config(folder);
    for (String key : SHARED) {
      if (config.has(key) != decoder.has(key)
          || (config.has(key) && !config.get(key).equals(decoder.get(key)))) {
        throw new ModelException(
            config.file(),
            key,
            "expected "
                + (decoder.has(key) ? decoder.get(key) : "no such key")
                + " as in "
                + decoder.file()
                + ", found "
                + (config.has(key) ? config.get(key) : "no such key")
                + ". Export encoder and decoder together.",
            null);
      }
    }
    imageShape = new long[] {3, height, width};
    momentsShape =
        new long[] {2L * vae.latentChannels(), height / vae.scale(), width / vae.scale()};
    graph = Graph.load(folder.graph(ModelFolder.ENCODER), device, Exports.REMEDIES);
    try {
      input = graph.soleInput(INPUT);
      fixedRows = graph.fixedRows(List.of(input));
      int rows = Math.max(fixedRows, 1);
      inputType = graph.requireFloats(input, RowTensor.withRows(rows, imageShape));
      if (!graph.outputNames().contains(OUTPUT)) {
        throw new ModelException(
            graph.file(),
            OUTPUT,
            "the graph has no such output. Old exports draw the latents inside of the graph, where"
                + " no seed decides them. Export the model again with a newer Optimum.",
            null);
      }
      output = graph.requireOutput(OUTPUT, RowTensor.withRows(rows, momentsShape));
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  /**
   * Encodes an image.
   *
   * @param pixels {@code [3, H, W]}, -1 to 1
   * @param noise {@code [C, h, w]}, standard normal, to draw the latents with; or null for the mean
   * @return {@code [C, h, w]}, as the scheduler sees them
   */
  public float[] encode(float[] pixels, float @Nullable [] noise) {
    float[] moments = new float[Graph.elements(momentsShape)];
    try (RowTensor image = new RowTensor(graph, 1, fixedRows, imageShape, inputType);
        RowTensor parameters = new RowTensor(graph, 1, fixedRows, momentsShape, output.type())) {
      image.put(0, 0, pixels);
      graph.run(Map.of(input, image.tensor(0)), Map.of(output.name(), parameters.tensor(0)));
      parameters.get(0, moments);
    }
    float[] latents = new float[moments.length / 2];
    for (int i = 0; i < latents.length; i++) {
      latents[i] = moments[i];
      if (noise != null) {
        float logVariance = moments[latents.length + i];
        logVariance = Math.min(Math.max(logVariance, MIN_LOG_VARIANCE), MAX_LOG_VARIANCE);
        latents[i] += (float) StrictMath.exp(0.5f * logVariance) * noise[i];
      }
    }
    vae.scale(latents);
    return latents;
  }

  @Override
  public void close() {
    graph.close();
  }
}
