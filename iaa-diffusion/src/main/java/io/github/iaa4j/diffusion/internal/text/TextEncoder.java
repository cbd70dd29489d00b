package io.github.iaa4j.diffusion.internal.text;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.Architecture;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import io.github.iaa4j.diffusion.internal.model.TensorNames;
import io.github.iaa4j.onnx.Device;
import io.github.iaa4j.onnx.internal.Resources;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Encodes texts for the cross attention of the UNet, with one text encoder or, for SDXL, with two.
 * Caches the latest texts, so that the embedding of a negative prompt is computed once a run. Safe
 * for use by several threads.
 *
 * <p>Usually a text is cut to the one chunk of tokens that an encoder takes. Long texts are cut
 * into several, each between a start and an end token, and their embeddings are put together;
 * prompt and negative prompt get equally many. Where every padding token is the end token, weights
 * and chunks are those of {@code lpw_stable_diffusion} and, for SDXL, {@code
 * lpw_stable_diffusion_xl} of diffusers' community, the last chunk of the latter filled up.
 */
public final class TextEncoder implements AutoCloseable {

  private static final Logger log = LoggerFactory.getLogger(TextEncoder.class);
  private static final int CACHE_SIZE = 32;

  private final TextOptions options;
  private final boolean zerosForNoNegative;
  private final List<Part> parts = new ArrayList<>();
  private final int width;
  private final int pooledWidth;
  private final Map<Key, Conditioning> cache =
      new LinkedHashMap<>(CACHE_SIZE, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Conditioning> eldest) {
          return size() > CACHE_SIZE;
        }
      };

  /** An encoder, and which of its states is a prompt's embedding and which a negative prompt's. */
  private record Part(
      ClipTextModel model, ClipTextModel.Layer layer, ClipTextModel.Layer negativeLayer) {}

  private record Key(String text, boolean isNegative, int chunks) {}

  /**
   * @param folder the model's
   * @param architecture the model's
   * @param options how texts are read
   * @param device where to compute
   */
  public TextEncoder(
      ModelFolder folder, Architecture architecture, TextOptions options, Device device) {
    this.options = options;
    zerosForNoNegative = architecture.zerosForNoNegative();
    List<ClipTextModel> models = new ArrayList<>();
    try {
      models.add(new ClipTextModel(folder, "", device));
      if (architecture.isXl()) {
        models.add(new ClipTextModel(folder, "_2", device));
      }
      ClipTextModel first = models.get(0);
      ClipTextModel pooling = models.get(models.size() - 1);
      for (ClipTextModel model : models) {
        if (model.length() != first.length()) {
          throw new ModelException(
              folder.path().resolve("tokenizer_2/tokenizer_config.json"),
              "model_max_length",
              "expected "
                  + first.length()
                  + " as in tokenizer/tokenizer_config.json, found "
                  + model.length()
                  + ".",
              null);
        }
        parts.add(architecture.isXl() ? penultimate(model) : last(model));
      }
      pooledWidth = architecture.isXl() ? pooling.config().integer("projection_dim") : 0;
      if (architecture.isXl()) {
        pooling.pooled(pooledWidth);
      }
    } catch (RuntimeException | Error e) {
      Resources.closeAfter(e, models);
      throw e;
    }
    width = models.stream().mapToInt(ClipTextModel::width).sum();
  }

  // As in diffusers, only prompts skip layers; negative prompts do not.

  private Part last(ClipTextModel model) {
    return new Part(model, model.normed(Math.max(options.clipSkip(), 0)), model.last());
  }

  private Part penultimate(ClipTextModel model) {
    return new Part(model, model.hidden(1 + Math.max(options.clipSkip(), 0)), model.hidden(1));
  }

  /** Tokens in the embedding of a text that is not long. */
  public int length() {
    return parts.get(0).model.length();
  }

  /** Numbers in the embedding of one token. */
  public int width() {
    return width;
  }

  /** Numbers in the embedding of a whole text, or 0 where there is none. */
  public int pooledWidth() {
    return pooledWidth;
  }

  /**
   * How many tokens a text has before it is cut, the start and end tokens included, and without the
   * brackets that are weights.
   */
  public int count(String text) {
    return parts.stream().mapToInt(part -> tokens(part.model, text).ids.length + 2).max().orElse(2);
  }

  /**
   * The embedding of a text for a row of the UNet: {@link TensorNames#ENCODER_HIDDEN_STATES}, and
   * {@link TensorNames#TEXT_EMBEDS} for SDXL.
   *
   * @param text may be empty
   * @param isNegative whether it is a negative prompt
   * @param other the text that stands beside it, which it must be as long as; empty where there is
   *     none
   * @throws ModelException if the encoder fails
   */
  public synchronized Conditioning embed(String text, boolean isNegative, String other) {
    int chunks = options.isLong() ? Math.max(chunks(text), chunks(other)) : 1;
    return cache.computeIfAbsent(new Key(text, isNegative, chunks), this::encode);
  }

  private int chunks(String text) {
    int room = length() - 2;
    return Math.max((count(text) - 2 + room - 1) / room, 1);
  }

  private Conditioning encode(Key key) {
    int tokens = key.chunks * length();
    float[] text = new float[tokens * width];
    float[] pooled = new float[pooledWidth];
    if (!(key.isNegative && key.text.isEmpty() && zerosForNoNegative)) {
      int count = count(key.text);
      if (count - 2 > key.chunks * (length() - 2)) {
        log.warn("A prompt of {} tokens is cut to {}: {}", count, tokens, key.text);
      }
      int offset = 0;
      for (Part part : parts) {
        boolean pools = pooledWidth > 0 && offset > 0;
        encode(part, key, text, offset, pools ? pooled : null);
        offset += part.model.width();
      }
    }
    Map<String, float[]> inputs = new LinkedHashMap<>();
    inputs.put(TensorNames.ENCODER_HIDDEN_STATES, text);
    if (pooledWidth > 0) {
      inputs.put(TensorNames.TEXT_EMBEDS, pooled);
    }
    return new Conditioning(tokens, inputs);
  }

  /** Writes the columns of one encoder, and its embedding of the last chunk where wanted. */
  private void encode(Part part, Key key, float[] text, int offset, float @Nullable [] pooled) {
    ClipTextModel model = part.model;
    ClipTextModel.Layer layer = key.isNegative ? part.negativeLayer : part.layer;
    Tokens tokens = tokens(model, key.text);
    int room = length() - 2;
    float[] states = new float[length() * model.width()];
    float[] all = new float[key.chunks * states.length];
    float[] weights = new float[key.chunks * length()];
    Arrays.fill(weights, 1);
    for (int chunk = 0; chunk < key.chunks; chunk++) {
      int from = Math.min(chunk * room, tokens.ids.length);
      int to = Math.min(from + room, tokens.ids.length);
      System.arraycopy(tokens.weights, from, weights, chunk * length() + 1, to - from);
      long[] ids = model.tokenizer().between(Arrays.copyOfRange(tokens.ids, from, to));
      model.encode(ids, layer, states, pooled);
      System.arraycopy(states, 0, all, chunk * states.length, states.length);
    }
    if (pooledWidth > 0) {
      weighAgainstTheEnd(all, weights, model.width());
    } else {
      weighAndKeepTheMean(all, weights, model.width());
    }
    for (int t = 0; t < weights.length; t++) {
      System.arraycopy(all, t * model.width(), text, t * width + offset, model.width());
    }
  }

  /** A token's embedding is multiplied, then all are brought back to the mean that they had. */
  private static void weighAndKeepTheMean(float[] states, float[] weights, int width) {
    double before = mean(states);
    boolean changed = false;
    for (int i = 0; i < states.length; i++) {
      float weight = weights[i / width];
      changed |= weight != 1;
      states[i] *= weight;
    }
    if (changed) {
      float back = (float) (before / mean(states));
      for (int i = 0; i < states.length; i++) {
        states[i] *= back;
      }
    }
  }

  /** A token's embedding is moved away from that of the last token of its chunk, or towards it. */
  private void weighAgainstTheEnd(float[] states, float[] weights, int width) {
    for (int i = 0; i < states.length; i++) {
      int token = i / width;
      if (weights[token] != 1) {
        float end = states[((token / length() + 1) * length() - 1) * width + i % width];
        states[i] = end + (states[i] - end) * weights[token];
      }
    }
  }

  private static double mean(float[] values) {
    double sum = 0;
    for (float value : values) {
      sum += value;
    }
    return sum / values.length;
  }

  /** The tokens of a text, without start and end, and how much each counts. */
  private static final class Tokens {

    final long[] ids;
    final float[] weights;

    Tokens(long[] ids, float[] weights) {
      this.ids = ids;
      this.weights = weights;
    }
  }

  private Tokens tokens(ClipTextModel model, String text) {
    List<PromptWeights.Part> texts =
        options.weights() ? PromptWeights.parse(text) : List.of(new PromptWeights.Part(text, 1));
    long[] ids = new long[0];
    float[] weights = new float[0];
    for (PromptWeights.Part part : texts) {
      long[] more = model.tokenizer().tokens(part.text());
      int count = ids.length;
      ids = Arrays.copyOf(ids, count + more.length);
      weights = Arrays.copyOf(weights, ids.length);
      System.arraycopy(more, 0, ids, count, more.length);
      Arrays.fill(weights, count, ids.length, (float) part.weight());
    }
    return new Tokens(ids, weights);
  }

  @Override
  public void close() {
    List<AutoCloseable> open = new ArrayList<>();
    parts.forEach(part -> open.add(part.model));
    Resources.close(open);
  }
}
