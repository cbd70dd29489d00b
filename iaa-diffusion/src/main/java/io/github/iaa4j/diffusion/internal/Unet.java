package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.Device;
import java.nio.file.Path;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code unet/}: its graph, and how it wants to be asked. */
public final class Unet implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Unet.class);

  static final String SAMPLE = "sample";
  static final String TIMESTEP = "timestep";
  static final String TEXT = "encoder_hidden_states";

  private final boolean keepsShape;
  private final Graph graph;
  private final long[] latentShape;
  private final long[] textShape;
  private final long[] timestepShape;
  private final OnnxJavaType timestepType;
  private final OnnxJavaType sampleType;
  private final OnnxJavaType textType;
  private final Graph.Output output;

  /**
   * @param folder the model's
   * @param rows in a full batch
   * @param latentShape {@code [C, h, w]}
   * @param textShape {@code [S, D]}
   * @param device where to compute
   * @throws ModelException if the graph has other inputs or shapes
   */
  public Unet(Path folder, int rows, long[] latentShape, long[] textShape, Device device) {
    JsonConfig config = config(folder);
    for (String key : new String[] {"in_channels", "out_channels"}) {
      if (config.integer(key) != latentShape[0]) {
        throw config.unexpected(
            key,
            latentShape[0]
                + " as vae_decoder/config.json states (inpainting and other UNets with more"
                + " channels are not read)",
            null);
      }
    }
    if (config.has("cross_attention_dim")
        && config.integer("cross_attention_dim") != textShape[1]) {
      throw config.unexpected(
          "cross_attention_dim",
          textShape[1] + ", the hidden_size of text_encoder/config.json",
          null);
    }
    this.latentShape = latentShape.clone();
    this.textShape = textShape.clone();
    keepsShape = !device.isCpu();
    graph = Graph.load(folder.resolve("unet/model.onnx"), device);
    try {
      graph.requireInputs(Set.of(SAMPLE, TIMESTEP, TEXT));
      timestepShape = graph.rank(TIMESTEP) == 0 ? new long[0] : new long[] {1};
      timestepType =
          graph.requireInput(
              TIMESTEP,
              timestepShape,
              OnnxJavaType.INT64,
              OnnxJavaType.INT32,
              OnnxJavaType.FLOAT,
              OnnxJavaType.FLOAT16);
      sampleType = graph.requireFloats(SAMPLE, withRows(rows, latentShape));
      textType = graph.requireFloats(TEXT, withRows(rows, textShape));
      output = graph.requireOutput("out_sample", withRows(rows, latentShape));
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  /** The UNet's config.json. */
  public static JsonConfig config(Path folder) {
    return JsonConfig.read(folder.resolve("unet/config.json"));
  }

  /**
   * The latents along one side that it was trained on. The first configs of Stable Diffusion stated
   * too few, so diffusers takes 64 for those that a version before 0.9 wrote, and so does this.
   */
  public static int sampleSize(JsonConfig config) {
    int size = config.integer("sample_size");
    if (size < 64 && writtenBefore09(config.string("_diffusers_version", ""))) {
      log.info("{}: sample_size 64 in place of {}", config.file(), size);
      return 64;
    }
    return size;
  }

  /** What the sides of latents must be multiples of: every block but the last halves them. */
  public static int latentMultiple(JsonConfig config) {
    return 1 << (config.integers("block_out_channels").size() - 1);
  }

  private static boolean writtenBefore09(String diffusersVersion) {
    return diffusersVersion.matches("0\\.[0-8](\\D.*)?");
  }

  static long[] withRows(int rows, long[] shape) {
    long[] withRows = new long[shape.length + 1];
    withRows[0] = rows;
    System.arraycopy(shape, 0, withRows, 1, shape.length);
    return withRows;
  }

  /**
   * Whether batches had better keep one shape. On a GPU a new one costs a search for the fastest
   * algorithms and a larger arena, and idle rows cost little; on a CPU a row costs the same
   * whatever it is for.
   */
  boolean keepsShape() {
    return keepsShape;
  }

  Graph graph() {
    return graph;
  }

  long[] latentShape() {
    return latentShape;
  }

  long[] textShape() {
    return textShape;
  }

  long[] timestepShape() {
    return timestepShape;
  }

  OnnxJavaType timestepType() {
    return timestepType;
  }

  OnnxJavaType sampleType() {
    return sampleType;
  }

  OnnxJavaType textType() {
    return textType;
  }

  String output() {
    return output.name();
  }

  OnnxJavaType outputType() {
    return output.type();
  }

  @Override
  public void close() {
    graph.close();
  }
}
