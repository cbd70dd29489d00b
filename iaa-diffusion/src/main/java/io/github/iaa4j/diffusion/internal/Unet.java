package io.github.iaa4j.diffusion.internal;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code unet/}: its graph, and how it wants to be asked. */
public final class Unet implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Unet.class);

  static final String SAMPLE = "sample";
  static final String TIMESTEP = "timestep";

  /** {@code [S, D]} a row: the embeddings of the tokens of a text. */
  public static final String TEXT = "encoder_hidden_states";

  /** {@code [P]} a row: the embedding of a whole text, for SDXL. */
  public static final String POOLED = "text_embeds";

  /** {@code [6]} a row: original size, crop and size of the image, each height first, for SDXL. */
  public static final String SIZES = "time_ids";

  /** {@code [E]} a row: the embedding of the guidance scale, for a model distilled with it. */
  public static final String GUIDANCE = "timestep_cond";

  private final boolean keepsShape;
  private final Graph graph;
  private final long[] latentShape;
  private final int usualTokens;
  private final List<RowInput> rowInputs;
  private final long[] timestepShape;
  private final OnnxJavaType timestepType;
  private final OnnxJavaType sampleType;
  private final Graph.Output output;

  /** An input besides the latents and the timestep, with a row for each row of latents. */
  static final class RowInput {

    private final String name;
    private final long[] row;
    private final OnnxJavaType type;

    RowInput(String name, long[] row, OnnxJavaType type) {
      this.name = name;
      this.row = row.clone();
      this.type = type;
    }

    String name() {
      return name;
    }

    /** The shape of one row where texts have so many tokens. */
    long[] shape(int tokens) {
      return name.equals(TEXT) ? new long[] {tokens, row[1]} : row.clone();
    }

    /** FLOAT or FLOAT16. */
    OnnxJavaType type() {
      return type;
    }
  }

  /**
   * @param folder the model's
   * @param rows in a full batch
   * @param latentShape {@code [C, h, w]}
   * @param rowShapes the shape of one row of every further input, by its name; of {@link #TEXT}
   *     {@code [S, D]}
   * @param device where to compute
   * @throws ModelException if the graph has other inputs or shapes
   */
  public Unet(
      Path folder, int rows, long[] latentShape, Map<String, long[]> rowShapes, Device device) {
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
    long textWidth = requireNonNull(rowShapes.get(TEXT))[1];
    if (config.has("cross_attention_dim") && config.integer("cross_attention_dim") != textWidth) {
      throw config.unexpected(
          "cross_attention_dim",
          textWidth + ", the hidden_size of the text encoders' config.json",
          null);
    }
    usualTokens = Math.toIntExact(requireNonNull(rowShapes.get(TEXT))[0]);
    this.latentShape = latentShape.clone();
    keepsShape = !device.isCpu();
    graph = Graph.load(folder.resolve("unet/model.onnx"), device);
    try {
      Set<String> names = new TreeSet<>(rowShapes.keySet());
      names.addAll(Set.of(SAMPLE, TIMESTEP));
      graph.requireInputs(names);
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
      List<RowInput> found = new ArrayList<>();
      rowShapes.forEach(
          (name, row) ->
              found.add(new RowInput(name, row, graph.requireFloats(name, withRows(rows, row)))));
      rowInputs = List.copyOf(found);
      output = graph.requireOutput("out_sample", withRows(rows, latentShape));
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  /**
   * Checks that texts may have other numbers of tokens than usual.
   *
   * @throws ModelException if the graph fixes their number
   */
  public void requireOpenTexts() {
    if (!graph.isOpen(TEXT, 1)) {
      throw new ModelException(
          graph.file(),
          TEXT,
          "the graph takes texts of a fixed number of tokens, so long prompts do not fit. Export the"
              + " model again with a dynamic sequence_length, or leave longPrompts() out.",
          null);
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
  public static int sampleSize(JsonConfig config, Architecture architecture) {
    int size = config.integer("sample_size");
    if (architecture.family() == Architecture.Family.SD
        && size < 64
        && writtenBefore09(config.string("_diffusers_version", ""))) {
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

  /** S, of a text that is not long. */
  int usualTokens() {
    return usualTokens;
  }

  List<RowInput> rowInputs() {
    return rowInputs;
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
