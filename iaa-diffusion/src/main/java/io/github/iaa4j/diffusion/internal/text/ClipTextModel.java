package io.github.iaa4j.diffusion.internal.text;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.Exports;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.FloatTensor;
import io.github.iaa4j.onnx.internal.Graph;
import io.github.iaa4j.onnx.internal.Resources;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One CLIP text encoder and its tokenizer. */
final class ClipTextModel implements AutoCloseable {

  private static final String MASK = "attention_mask";

  private final JsonConfig config;
  private final ClipTokenizer tokenizer;
  private final Graph graph;
  private final int length;
  private final int width;
  private final int layers;
  private final OnnxJavaType idType;
  private final int fixedRows;
  private final @Nullable OnnxJavaType maskType;
  private final Layer last;

  /**
   * The state of the tokens after some layer.
   *
   * @param output the graph's
   * @param norm that is applied to it, or null
   */
  record Layer(Graph.Output output, @Nullable FinalNorm norm) {}

  /**
   * @param folder the model's
   * @param suffix of the names of its folders: nothing, or _2 for the second
   * @param device where to compute
   */
  ClipTextModel(ModelFolder folder, String suffix, Device device) {
    String part = ModelFolder.TEXT_ENCODER + suffix;
    config = folder.config(part);
    width = config.integer("hidden_size");
    layers = config.integer("num_hidden_layers");
    if (config.flag("use_attention_mask", false)) {
      throw config.unexpected("use_attention_mask", "false or nothing", null);
    }
    List<AutoCloseable> made = new ArrayList<>();
    try {
      tokenizer = ClipTokenizer.load(folder, suffix);
      made.add(tokenizer);
      length = tokenizer.maxLength();
      if (length > config.integer("max_position_embeddings", length)) {
        throw config.unexpected(
            "max_position_embeddings",
            "at least the " + length + " tokens that the graphs take",
            null);
      }
      graph = Graph.load(folder.graph(part), device, Exports.REMEDIES);
      made.add(graph);
      boolean isMasked = graph.inputNames().contains(MASK);
      Set<String> names =
          isMasked ? Set.of(TensorNames.INPUT_IDS, MASK) : Set.of(TensorNames.INPUT_IDS);
      graph.requireInputs(names);
      fixedRows = graph.fixedRows(names);
      long[] shape = {rows(), length};
      idType =
          graph.requireInput(TensorNames.INPUT_IDS, shape, OnnxJavaType.INT32, OnnxJavaType.INT64);
      maskType =
          isMasked
              ? graph.requireInput(
                  MASK, shape, OnnxJavaType.INT32, OnnxJavaType.INT64, OnnxJavaType.FLOAT)
              : null;
      last = new Layer(graph.requireOutput(TensorNames.LAST_HIDDEN_STATE, states()), null);
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, made);
      throw e;
    }
  }

  private int rows() {
    return Math.max(fixedRows, 1);
  }

  /** Tokens in a chunk, the start and end tokens included. */
  int length() {
    return length;
  }

  /** Numbers in the embedding of one token. */
  int width() {
    return width;
  }

  ClipTokenizer tokenizer() {
    return tokenizer;
  }

  JsonConfig config() {
    return config;
  }

  /** The state after the last layer and the final norm. */
  Layer last() {
    return last;
  }

  /**
   * The state before the last layers, without the final norm.
   *
   * @param skipped how many layers are left out
   * @throws ModelException if the export does not give it
   */
  Layer hidden(int skipped) {
    if (skipped >= layers) {
      throw config.unexpected(
          "num_hidden_layers", "more than the " + skipped + " layers that are skipped", null);
    }
    return new Layer(
        graph.requireOutputNamed(
            "hidden_states." + (layers - skipped),
            states(),
            "Set \"output_hidden_states\" to true in the encoder's config.json of the original"
                + " model, and export it again."),
        null);
  }

  /**
   * The state before the last layers, then the final norm.
   *
   * @param skipped how many layers are left out
   * @throws ModelException if the export does not give it, or what the norm is cannot be seen
   */
  Layer normed(int skipped) {
    if (skipped == 0) {
      return last;
    }
    Layer before = hidden(0);
    Layer hidden = hidden(skipped);
    long[] ids = new long[length];
    for (int i = 0; i < length; i++) {
      ids[i] = (long) i * config.integer("vocab_size") / length;
    }
    float[] from = new float[length * width];
    float[] to = new float[length * width];
    encode(ids, before, from, null);
    encode(ids, last, to, null);
    boolean isHalf = before.output.type() == OnnxJavaType.FLOAT16;
    FinalNorm norm =
        FinalNorm.fit(from, to, width, config.number("layer_norm_eps", 1e-5), isHalf ? 1e-2 : 1e-4);
    if (norm == null) {
      throw new ModelException(
          graph.file(),
          last.output.name(),
          "expected the layer norm of "
              + before.output.name()
              + ", which is applied to the skipped state too, found something else. Leave clipSkip"
              + " out.",
          null);
    }
    return new Layer(hidden.output, norm);
  }

  /**
   * The output of the pooled embedding.
   *
   * @param size P
   * @throws ModelException if the export does not give it
   */
  Graph.Output pooled(int size) {
    return graph.requireOutputNamed(
        TensorNames.TEXT_EMBEDS,
        new long[] {rows(), size},
        "Export the model again: the encoder's class must be CLIPTextModelWithProjection.");
  }

  /**
   * Runs the encoder on one chunk.
   *
   * @param ids {@link #length()} of them
   * @param layer which state is wanted
   * @param states filled with it, {@code [length, width]}
   * @param pooled filled with the pooled embedding, {@code [P]}; or null
   */
  void encode(long[] ids, Layer layer, float[] states, float @Nullable [] pooled) {
    long[] all = new long[length];
    Arrays.fill(all, 1);
    Map<String, OnnxTensor> inputs = new LinkedHashMap<>();
    Map<String, OnnxTensor> outputs = new LinkedHashMap<>();
    try (OnnxTensor tokens = row(ids, idType);
        // As a pipeline of diffusers, which masks nothing.
        OnnxTensor mask = maskType == null ? null : row(all, maskType);
        FloatTensor hidden = new FloatTensor(graph, states(), layer.output.type());
        FloatTensor textEmbeds =
            pooled == null
                ? null
                : new FloatTensor(
                    graph, new long[] {rows(), pooled.length}, pooled(pooled.length).type())) {
      inputs.put(TensorNames.INPUT_IDS, tokens);
      if (mask != null) {
        inputs.put(MASK, mask);
      }
      outputs.put(layer.output.name(), hidden.tensor());
      if (textEmbeds != null) {
        outputs.put(TensorNames.TEXT_EMBEDS, textEmbeds.tensor());
      }
      graph.run(inputs, outputs);
      hidden.get(0, states);
      if (pooled != null && textEmbeds != null) {
        textEmbeds.get(0, pooled);
      }
    }
    if (layer.norm != null) {
      layer.norm.apply(states);
    }
  }

  /** A row of numbers, and what else a run takes idle: as many zeros. */
  private OnnxTensor row(long[] values, OnnxJavaType type) {
    ByteBuffer buffer = Graph.buffer((long) rows() * length, type);
    for (int i = 0; i < length; i++) {
      switch (type) {
        case INT64 -> buffer.putLong(i * Long.BYTES, values[i]);
        case INT32 -> buffer.putInt(i * Integer.BYTES, (int) values[i]);
        default -> buffer.putFloat(i * Float.BYTES, (float) values[i]);
      }
    }
    return graph.tensor(buffer, new long[] {rows(), length}, type);
  }

  private long[] states() {
    return new long[] {rows(), length, width};
  }

  @Override
  public void close() {
    try (tokenizer) {
      graph.close();
    }
  }
}
