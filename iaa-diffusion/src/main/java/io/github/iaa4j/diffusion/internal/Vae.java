package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.Device;
import java.nio.file.Path;
import java.util.Set;

/** {@code vae_decoder/}: its graph and the constants of its config. */
public final class Vae implements AutoCloseable {

  static final String INPUT = "latent_sample";

  private final Graph graph;
  private final int scale;
  private final int latentChannels;
  private final float scalingFactor;
  private final float shiftFactor;
  private final String output;

  /**
   * @param folder the model's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @param device where to compute
   * @throws ModelException if the folder is not that of an AutoencoderKL with these sizes
   */
  public Vae(Path folder, int width, int height, Device device) {
    JsonConfig config = config(folder);
    scale = scale(config);
    latentChannels = config.integer("latent_channels", 4);
    // The defaults of AutoencoderKL, for configs that are older than the keys.
    scalingFactor = (float) config.number("scaling_factor", 0.18215);
    shiftFactor = (float) config.number("shift_factor", 0);
    for (String key : new String[] {"latents_mean", "latents_std"}) {
      if (config.has(key)) {
        throw config.unexpected(key, "null: such latents are not understood", null);
      }
    }
    graph = Graph.load(folder.resolve("vae_decoder/model.onnx"), device);
    try {
      graph.requireInputs(Set.of(INPUT));
      graph.requireInput(
          INPUT, new long[] {1, latentChannels, height / scale, width / scale}, OnnxJavaType.FLOAT);
      output = graph.requireOutput("sample", new long[] {1, 3, height, width});
    } catch (RuntimeException e) {
      graph.close();
      throw e;
    }
  }

  /** The decoder's config.json. */
  public static JsonConfig config(Path folder) {
    return JsonConfig.read(folder.resolve("vae_decoder/config.json"));
  }

  /** Pixels along one side of a latent: every block but the last doubles the size. */
  public static int scale(JsonConfig config) {
    return 1 << (config.integers("block_out_channels").size() - 1);
  }

  public int scale() {
    return scale;
  }

  public int latentChannels() {
    return latentChannels;
  }

  float scalingFactor() {
    return scalingFactor;
  }

  float shiftFactor() {
    return shiftFactor;
  }

  Graph graph() {
    return graph;
  }

  String output() {
    return output;
  }

  @Override
  public void close() {
    graph.close();
  }
}
