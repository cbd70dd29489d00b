package io.github.iaa4j.diffusion.internal;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import io.github.iaa4j.core.ModelException;
import io.github.iaa4j.diffusion.Device;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Text to what the UNet attends to. Remembers the latest texts, so that the embedding of a negative
 * prompt is made once a run. Safe for use by several threads.
 */
public final class TextEncoder implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(TextEncoder.class);
  private static final int REMEMBERED = 256;

  private final ClipTokenizer tokenizer;
  private final Graph graph;
  private final int length;
  private final int width;
  private final OnnxJavaType idType;
  private final Graph.Output output;
  private final Map<String, Conditioning> remembered =
      new LinkedHashMap<>(REMEMBERED, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Conditioning> eldest) {
          return size() > REMEMBERED;
        }
      };

  /**
   * @param folder the model's
   * @param device where to compute
   */
  public TextEncoder(Path folder, Device device) {
    JsonConfig config = JsonConfig.read(folder.resolve("text_encoder/config.json"));
    width = config.integer("hidden_size");
    if (config.flag("use_attention_mask", false)) {
      throw config.unexpected("use_attention_mask", "false or nothing", null);
    }
    tokenizer = ClipTokenizer.load(folder.resolve("tokenizer"));
    Graph loaded = null;
    try {
      length = tokenizer.maxLength();
      if (length > config.integer("max_position_embeddings", length)) {
        throw config.unexpected(
            "max_position_embeddings",
            "at least the " + length + " tokens that tokenizer_config.json states",
            null);
      }
      loaded = Graph.load(folder.resolve("text_encoder/model.onnx"), device);
      graph = loaded;
      graph.requireInputs(Set.of("input_ids"));
      idType =
          graph.requireInput(
              "input_ids", new long[] {1, length}, OnnxJavaType.INT32, OnnxJavaType.INT64);
      output = graph.requireOutput("last_hidden_state", new long[] {1, length, width});
    } catch (RuntimeException | Error e) {
      if (loaded != null) {
        loaded.close();
      }
      tokenizer.close();
      throw e;
    }
  }

  /** Tokens in an embedding. */
  public int length() {
    return length;
  }

  /** Numbers in the embedding of one token. */
  public int width() {
    return width;
  }

  /** How many tokens a text has before it is cut, the start and end tokens included. */
  public int count(String text) {
    return tokenizer.count(text);
  }

  /**
   * The embedding of a text.
   *
   * @return {@code [length, width]}, float32, as the UNet's input of the text
   * @throws ModelException if the encoder fails
   */
  public synchronized Conditioning embed(String text) {
    return remembered.computeIfAbsent(text, this::encode);
  }

  private Conditioning encode(String text) {
    int count = tokenizer.count(text);
    if (count > length) {
      log.warn("A prompt of {} tokens is cut to {}: {}", count, length, text);
    }
    ByteBuffer ids = Graph.buffer(length, idType);
    for (long id : tokenizer.encode(text)) {
      if (idType == OnnxJavaType.INT64) {
        ids.putLong(id);
      } else {
        ids.putInt((int) id);
      }
    }
    float[] embedding = new float[length * width];
    try (OnnxTensor input = graph.tensor(ids.rewind(), new long[] {1, length}, idType);
        FloatTensor hidden = new FloatTensor(graph, new long[] {1, length, width}, output.type())) {
      graph.run(Map.of("input_ids", input), Map.of(output.name(), hidden.tensor()));
      hidden.get(0, embedding);
    }
    return new Conditioning(length, Map.of(Unet.TEXT, embedding));
  }

  @Override
  public void close() {
    graph.close();
    tokenizer.close();
  }
}
