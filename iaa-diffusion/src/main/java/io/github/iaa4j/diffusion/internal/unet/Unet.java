package io.github.iaa4j.diffusion.internal.unet;

import static java.util.Objects.requireNonNull;

import ai.onnxruntime.OnnxJavaType;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.Architecture;
import io.github.iaa4j.diffusion.internal.model.Exports;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.RowTensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code unet/}: its graph and the inputs that it takes. */
public final class Unet implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(Unet.class);

  private final boolean keepsShape;
  private final int fixedRows;
  private final Graph graph;
  private final long[] latentShape;
  private final int usualTokens;
  private final long[] sampleShape;
  private final List<RowInput> conditioning;
  private final List<RowInput> residuals;
  private final OnnxJavaType sampleType;
  private final Graph.Output output;
  private final Map<Integer, Boolean> splits = new ConcurrentHashMap<>();

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

    /** The shape of one row. */
    long[] row() {
      return row;
    }

    /** The shape of one row where texts have this number of tokens. */
    long[] shape(int tokens) {
      return name.equals(TensorNames.ENCODER_HIDDEN_STATES)
          ? new long[] {tokens, row[1]}
          : row.clone();
    }

    /** FLOAT or FLOAT16. */
    OnnxJavaType type() {
      return type;
    }
  }

  /**
   * @param folder the model's
   * @param latentShape {@code [C, h, w]}
   * @param rowShapes the shape of one row of every further input, by its name; of {@link
   *     TensorNames#ENCODER_HIDDEN_STATES} {@code [S, D]}
   * @param device where to compute
   * @throws ModelException if the graph has other inputs or shapes
   */
  public Unet(
      ModelFolder folder, long[] latentShape, Map<String, long[]> rowShapes, Device device) {
    JsonConfig config = config(folder);
    if (config.integer("out_channels") != latentShape[0]) {
      throw config.unexpected(
          "out_channels", latentShape[0] + " as vae_decoder/config.json states", null);
    }
    sampleShape = latentShape.clone();
    sampleShape[0] = config.integer("in_channels");
    if (sampleShape[0] != latentShape[0] && sampleShape[0] != 2 * latentShape[0] + 1) {
      throw config.unexpected(
          "in_channels",
          latentShape[0]
              + " as vae_decoder/config.json states, or "
              + (2 * latentShape[0] + 1)
              + " for inpainting",
          null);
    }
    long textWidth = requireNonNull(rowShapes.get(TensorNames.ENCODER_HIDDEN_STATES))[1];
    if (config.has("cross_attention_dim") && config.integer("cross_attention_dim") != textWidth) {
      throw config.unexpected(
          "cross_attention_dim",
          textWidth + ", the hidden_size of the text encoders' config.json",
          null);
    }
    usualTokens =
        Math.toIntExact(requireNonNull(rowShapes.get(TensorNames.ENCODER_HIDDEN_STATES))[0]);
    this.latentShape = latentShape.clone();
    keepsShape = !device.isCpu();
    graph = Graph.load(folder.graph(ModelFolder.UNET), device, Exports.REMEDIES);
    try {
      Set<String> names = new TreeSet<>(rowShapes.keySet());
      names.addAll(Set.of(TensorNames.SAMPLE, Timestep.NAME));
      List<String> residualNames = Residuals.among(graph.inputNames());
      names.addAll(residualNames);
      graph.requireInputs(names);
      Timestep.check(graph);
      fixedRows = graph.fixedRows(fixable(names, graph));
      if (fixedRows > 0) {
        folder.note(
            graph.file(),
            TensorNames.SAMPLE,
            "fixed to batches of " + fixedRows,
            fixedRows == 1
                ? "a run for each row"
                : "as many runs as the rows need, the last with idle ones");
      }
      int rows = Math.max(fixedRows, 1);
      sampleType = graph.requireFloats(TensorNames.SAMPLE, RowTensor.withRows(rows, sampleShape));
      List<RowInput> found = new ArrayList<>();
      rowShapes.forEach((name, row) -> found.add(rowInput(name, rows, row)));
      conditioning = List.copyOf(found);
      residuals = residuals(config, residualNames, rows);
      output = graph.requireOutput(TensorNames.OUT_SAMPLE, RowTensor.withRows(rows, latentShape));
    } catch (RuntimeException | Error e) {
      graph.close();
      throw e;
    }
  }

  /** The inputs whose first dimension is the row; a timestep is one where there is one a row. */
  static List<String> fixable(Set<String> inputs, Graph graph) {
    boolean isPerRow = Graph.elements(Timestep.shape(graph)) > 1;
    return inputs.stream().filter(name -> isPerRow || !name.equals(Timestep.NAME)).toList();
  }

  /** How many rows a run takes, or 0 where any number goes. */
  public int fixedRows() {
    return fixedRows;
  }

  /**
   * Checks that timesteps may have fractions.
   *
   * @param scheduler that has them, for the error
   * @throws ModelException if the graph takes integers
   */
  public void requireFractionalTimesteps(String scheduler) {
    Timestep.requireFractions(graph, scheduler);
  }

  /**
   * Checks that texts may have other numbers of tokens than usual.
   *
   * @throws ModelException if the graph fixes their number
   */
  public void requireOpenTexts() {
    requireOpenTexts(graph);
  }

  static void requireOpenTexts(Graph graph) {
    if (!graph.isOpen(TensorNames.ENCODER_HIDDEN_STATES, 1)) {
      throw new ModelException(
          graph.file(),
          TensorNames.ENCODER_HIDDEN_STATES,
          "the graph takes texts of a fixed number of tokens, so long prompts do not fit. Export the"
              + " model again with a dynamic sequence_length, or leave longPrompts() out.",
          null);
    }
  }

  private RowInput rowInput(String name, int rows, long[] row) {
    return new RowInput(name, row, graph.requireFloats(name, RowTensor.withRows(rows, row)));
  }

  private List<RowInput> residuals(JsonConfig config, List<String> names, int rows) {
    if (names.isEmpty()) {
      return List.of();
    }
    List<long[]> shapes = Residuals.shapes(config, latentShape[1], latentShape[2]);
    if (shapes.size() != names.size()) {
      throw new ModelException(
          graph.file(),
          null,
          "expected inputs for "
              + shapes.size()
              + " residuals of ControlNets, as config.json states blocks and layers, found "
              + names,
          null);
    }
    List<RowInput> found = new ArrayList<>();
    for (int i = 0; i < names.size(); i++) {
      found.add(rowInput(names.get(i), rows, shapes.get(i)));
    }
    return List.copyOf(found);
  }

  /** The UNet's config.json. */
  public static JsonConfig config(ModelFolder folder) {
    return folder.config(ModelFolder.UNET);
  }

  /**
   * The size of the latents that it was trained on, or that its graph takes alone. The first
   * configs of Stable Diffusion stated too few, so diffusers takes 64 for those that a version
   * before 0.9 wrote, and so does this.
   */
  public static Size sampleSize(ModelFolder folder, Architecture architecture) {
    JsonConfig config = config(folder);
    String key = "sample_size";
    Integer fixedHeight = folder.fixedLatents(2);
    Integer fixedWidth = folder.fixedLatents(3);
    if (fixedHeight != null && fixedWidth != null) {
      String stated = config.has(key) ? String.valueOf(config.get(key)) : "missing";
      if (!stated.equals(String.valueOf(fixedHeight)) || !fixedHeight.equals(fixedWidth)) {
        folder.note(
            config.file(),
            key,
            stated,
            fixedHeight + " x " + fixedWidth + " latents, which the graphs take alone");
      }
      return new Size(fixedHeight, fixedWidth);
    }
    if (!config.has(key)) {
      int usual = architecture.isXl() ? 128 : 64;
      folder.note(
          config.file(), key, "missing", usual + " latents a side, as many as such models have");
      return fixed(usual, usual, fixedHeight, fixedWidth);
    }
    if (config.get(key).isJsonArray()) {
      List<Integer> sides = config.integers(key);
      if (sides.size() != 2 || sides.get(0) < 1 || sides.get(1) < 1) {
        throw config.unexpected(key, "a number, or a height and a width", null);
      }
      return fixed(sides.get(0), sides.get(1), fixedHeight, fixedWidth);
    }
    int size = sampleSize(config, architecture);
    return fixed(size, size, fixedHeight, fixedWidth);
  }

  private static Size fixed(int height, int width, @Nullable Integer high, @Nullable Integer wide) {
    return new Size(high == null ? height : high, wide == null ? width : wide);
  }

  /**
   * The size of latents.
   *
   * @param height of the latents, not of the image
   * @param width likewise
   */
  public record Size(int height, int width) {}

  private static int sampleSize(JsonConfig config, Architecture architecture) {
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

  /**
   * Whether batches had better keep one shape. On a GPU a new one costs a search for the fastest
   * algorithms and a larger arena, and idle rows cost little; on a CPU a row costs the same
   * whatever it is for.
   */
  public boolean keepsShape() {
    return keepsShape;
  }

  /**
   * Whether the two rows of a guided image may run apart: nothing has shown that the bits differ.
   */
  public boolean maySplitGuidance(Integer tokens) {
    // With idle rows in each, two runs would cost twice as much.
    return fixedRows <= 1 && splits.getOrDefault(tokens, true);
  }

  /** Whether the two rows of a guided image are known to give the same bits apart. */
  public boolean splitsGuidance(Integer tokens) {
    return splits.getOrDefault(tokens, false);
  }

  /**
   * Records whether both rows apart give the same bits. That depends on shapes, never on values.
   */
  public void setSplitsGuidance(Integer tokens, boolean same) {
    splits.put(tokens, same);
  }

  public Graph graph() {
    return graph;
  }

  long[] latentShape() {
    return latentShape;
  }

  /** S, of a text that is not long. */
  public int usualTokens() {
    return usualTokens;
  }

  /** Of the latents and what else its first input shows, {@code [C, h, w]}. */
  long[] sampleShape() {
    return sampleShape;
  }

  /** Whether its first input has a mask and the latents of what is kept beside the latents. */
  public boolean isForInpainting() {
    return sampleShape[0] != latentShape[0];
  }

  /** How many numbers of its first input are not latents. */
  public int conditionSize() {
    return Graph.elements(sampleShape) - Graph.elements(latentShape);
  }

  /** All inputs besides the latents and the timestep. */
  Stream<RowInput> rowInputs() {
    return Stream.concat(conditioning.stream(), residuals.stream());
  }

  /** The inputs that condition a row. */
  List<RowInput> conditioning() {
    return conditioning;
  }

  /** The inputs for what ControlNets add, the middle one last; none in usual exports. */
  List<RowInput> residuals() {
    return residuals;
  }

  /**
   * Checks that ControlNets can be used.
   *
   * @throws ModelException if the graph takes no residuals
   */
  void requireResiduals() {
    if (residuals.isEmpty()) {
      throw new ModelException(
          graph.file(),
          null,
          "the graph takes no residuals of ControlNets: expected inputs"
              + " down_block_0_additional_residual and so on, and mid_block_additional_residual,"
              + " found "
              + graph.inputNames()
              + ". Export the UNet for ControlNets; the README of iaa-diffusion says how.",
          null);
    }
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
