package io.github.iaa4j.diffusion.internal.vae;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.Exports;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.NotFinite;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A decoder of latents, {@code vae_decoder/} or {@code vae_preview/}: its graph and the constants
 * of its config.
 */
public final class Vae implements AutoCloseable {

  private static final String TINY = "AutoencoderTiny";
  private static final int MAX_SCALE = 64;

  private final Graph graph;
  private final int scale;
  private final int latentChannels;
  private final JsonConfig config;
  private final float scalingFactor;
  private final float shiftFactor;
  private final String input;
  private final int fixedRows;
  private final OnnxJavaType inputType;
  private final Graph.Output output;
  private final float @Nullable [] latentsMean;
  private final float @Nullable [] latentsStd;

  /**
   * @param folder the model's
   * @param width of the images, in pixels
   * @param height of the images, in pixels
   * @param device where to compute
   * @throws ModelException if the folder is not that of an AutoencoderKL with these sizes
   */
  public Vae(ModelFolder folder, int width, int height, Device device) {
    this(
        config(folder),
        folder,
        ModelFolder.DECODER,
        false,
        height / scale(config(folder)),
        width / scale(config(folder)),
        device);
  }

  private Vae(
      JsonConfig config,
      ModelFolder folder,
      String part,
      boolean isTiny,
      int latentHeight,
      int latentWidth,
      Device device) {
    this.config = config;
    scale = isTiny ? tinyScale(config) : scale(config);
    latentChannels = config.integer("latent_channels", 4);
    // The defaults of the classes, for configs that are older than the keys.
    scalingFactor = (float) config.number("scaling_factor", isTiny ? 1 : 0.18215);
    shiftFactor = (float) config.number("shift_factor", 0);
    latentsMean = perChannel(config, "latents_mean");
    latentsStd = perChannel(config, "latents_std");
    graph = Graph.load(folder.graph(part), device, Exports.REMEDIES);
    try {
      input = graph.soleInput(TensorNames.LATENT_SAMPLE);
      fixedRows = graph.fixedRows(List.of(input));
      int rows = Math.max(fixedRows, 1);
      inputType =
          graph.requireFloats(input, new long[] {rows, latentChannels, latentHeight, latentWidth});
      output =
          graph.requireOutput(
              "sample",
              new long[] {rows, 3, (long) latentHeight * scale, (long) latentWidth * scale});
      if (output.type() == OnnxJavaType.FLOAT16 && config.flag("force_upcast", false)) {
        folder.note(
            config.file(),
            "force_upcast",
            "true, which says that float16 overflows, and the graph is in float16",
            "float16 all the same; images that become NaN fail. Export "
                + part
                + " in float32 then");
      }
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  /**
   * {@code vae_preview/}: a small decoder of the same latents, {@code AutoencoderTiny} of diffusers
   * or a small {@code AutoencoderKL}. It has constants of its own, and its images may be smaller.
   *
   * @param folder the model's
   * @param full the decoder of finished images
   * @param width of the finished images, in pixels
   * @param height of the finished images, in pixels
   * @param device where to compute
   * @throws ModelException if there is no such decoder, or it is one of other latents
   */
  public static Vae ofPreviews(ModelFolder folder, Vae full, int width, int height, Device device) {
    String part = "vae_preview";
    Path file = folder.path().resolve(part).resolve("config.json");
    if (!Files.isRegularFile(file)) {
      throw new ModelException(
          file,
          null,
          "the file is missing. Put config.json and model.onnx of a tiny decoder that belongs to this"
              + " model, such as TAESD exported to ONNX, into "
              + file.getParent()
              + ", or take previews LINEAR or FULL.",
          null);
    }
    JsonConfig config = JsonConfig.read(file);
    String name = config.string("_class_name");
    if (!name.equals(TINY) && !name.equals("AutoencoderKL")) {
      throw config.unexpected("_class_name", TINY + " or AutoencoderKL", null);
    }
    int channels = config.integer("latent_channels", 4);
    if (channels != full.latentChannels) {
      throw new ModelException(
          file,
          "latent_channels",
          "expected "
              + full.latentChannels
              + " as in "
              + full.config.file()
              + ", found "
              + channels
              + ". A tiny decoder belongs to one family of models: take that of this model.",
          null);
    }
    Vae vae =
        new Vae(
            config,
            folder,
            part,
            name.equals(TINY),
            height / full.scale,
            width / full.scale,
            device);
    // A graph may leave open how large its images are. Better now than at the first preview.
    try (ImageDecoder decoder =
        new ImageDecoder(
            vae, width / full.scale * vae.scale, height / full.scale * vae.scale, false)) {
      decoder.decode(new float[channels * (height / full.scale) * (width / full.scale)]);
      if (!decoder.isFinite()) {
        throw new ModelException(
            vae.graph.file(), null, NotFinite.PIXELS.problem(vae.graph.file()), null);
      }
    } catch (RuntimeException | Error e) {
      vae.close();
      throw e;
    }
    return vae;
  }

  /** Every block but the last of an AutoencoderTiny multiplies the size. */
  private static int tinyScale(JsonConfig config) {
    int blocks = config.integers("num_decoder_blocks").size();
    int factor = config.integer("upsampling_scaling_factor", 2);
    if (blocks < 1 || factor < 1 || Math.pow(factor, blocks - 1) > MAX_SCALE) {
      throw config.unexpected(
          factor < 1 ? "upsampling_scaling_factor" : "num_decoder_blocks",
          "blocks that multiply the size by 1 to " + MAX_SCALE + " in all",
          null);
    }
    return (int) Math.pow(factor, blocks - 1);
  }

  private float @Nullable [] perChannel(JsonConfig config, String key) {
    if (!config.has(key)) {
      return null;
    }
    List<Double> numbers = config.numbers(key);
    if (numbers.size() != latentChannels) {
      throw config.unexpected(key, latentChannels + " numbers, one a latent channel", null);
    }
    float[] values = new float[latentChannels];
    for (int c = 0; c < latentChannels; c++) {
      values[c] = numbers.get(c).floatValue();
    }
    return values;
  }

  /** The decoder's config.json. */
  public static JsonConfig config(ModelFolder folder) {
    return folder.config(ModelFolder.DECODER);
  }

  /** Pixels along one side of a latent: every block but the last doubles the size. */
  public static int scale(JsonConfig config) {
    return 1 << (config.integers("block_out_channels").size() - 1);
  }

  public int scale() {
    return scale;
  }

  /**
   * The latents along one side of the images that it was trained on; no limit where the graph takes
   * one size alone.
   *
   * @throws ModelException if there are so few that tiles of them cannot overlap
   */
  int tile() {
    if (!graph.isOpen(input, 2) || !graph.isOpen(input, 3)) {
      return Integer.MAX_VALUE; // It decodes whole images only.
    }
    int tile = config.integer("sample_size", 32) / scale;
    if (tile < 2) {
      throw config.unexpected("sample_size", "at least " + 2 * scale + " pixels for tiles", null);
    }
    return tile;
  }

  public int latentChannels() {
    return latentChannels;
  }

  /**
   * Latents as the scheduler leaves them to latents as the decoder wants them.
   *
   * @param latents {@code [C, h, w]}
   * @param into as many numbers
   */
  void unscale(float[] latents, float[] into) {
    int plane = latents.length / latentChannels;
    for (int c = 0; c < latentChannels; c++) {
      float scale = latentsStd == null ? 1 : latentsStd[c];
      float shift = shiftFactor + (latentsMean == null ? 0 : latentsMean[c]);
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        into[i] = latents[i] * scale / scalingFactor + shift;
      }
    }
  }

  /**
   * Latents as the encoder computes them to latents as the scheduler wants them: the reverse of
   * {@link #unscale}.
   *
   * @param latents {@code [C, h, w]}, changed in place
   */
  void scale(float[] latents) {
    int plane = latents.length / latentChannels;
    for (int c = 0; c < latentChannels; c++) {
      float scale = latentsStd == null ? 1 : latentsStd[c];
      float shift = shiftFactor + (latentsMean == null ? 0 : latentsMean[c]);
      for (int i = c * plane; i < (c + 1) * plane; i++) {
        latents[i] = (latents[i] - shift) * scalingFactor / scale;
      }
    }
  }

  Graph graph() {
    return graph;
  }

  /** The name of the input. */
  String input() {
    return input;
  }

  /** How many images a run takes, or 0 where any number goes. */
  int fixedRows() {
    return fixedRows;
  }

  OnnxJavaType inputType() {
    return inputType;
  }

  Graph.Output output() {
    return output;
  }

  @Override
  public void close() {
    graph.close();
  }
}
