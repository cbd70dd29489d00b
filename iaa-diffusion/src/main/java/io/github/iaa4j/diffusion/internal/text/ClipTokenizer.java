package io.github.iaa4j.diffusion.internal.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.internal.TokenizerProperties;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * The CLIP tokenizer of a model folder: Radford et al., arXiv 2103.00020, byte-level BPE over lower
 * case text between a start and an end token.
 *
 * <p>Reads {@code tokenizer.json} where there is one; otherwise makes it from {@code vocab.json}
 * and {@code merges.txt}, to the same tokens as {@code CLIPTokenizer} of transformers. The BPE
 * itself is Hugging Face's native library, which is inside its jar.
 */
final class ClipTokenizer implements AutoCloseable {

  static {
    TokenizerProperties.setDefaults();
  }

  private final HuggingFaceTokenizer tokenizer;
  private final int maxLength;
  private final long padId;
  private final long startId;
  private final long endId;

  private ClipTokenizer(
      HuggingFaceTokenizer tokenizer, int maxLength, long padId, long startId, long endId) {
    this.tokenizer = tokenizer;
    this.maxLength = maxLength;
    this.padId = padId;
    this.startId = startId;
    this.endId = endId;
  }

  /**
   * Reads a tokenizer of a model.
   *
   * @param suffix of its folder's name: nothing, or _2 for the second
   * @throws ModelException if a file is missing or cannot be understood
   */
  static ClipTokenizer load(ModelFolder model, String suffix) {
    return load(
        model.path().resolve("tokenizer" + suffix),
        model.tokenizerConfig(suffix),
        model.textLength(suffix));
  }

  /**
   * Reads a tokenizer.
   *
   * @param folder with tokenizer.json, or vocab.json and merges.txt
   * @param config tokenizer_config.json
   * @param maxLength at least {@link ModelFolder#MIN_TOKENS}
   * @throws ModelException if a file is missing or cannot be understood
   */
  static ClipTokenizer load(Path folder, JsonConfig config, int maxLength) {
    Path ready = folder.resolve("tokenizer.json");
    boolean isReady = Files.exists(ready);
    Path source = isReady ? ready : folder.resolve("vocab.json");
    JsonConfig vocabulary = JsonConfig.read(source);
    SpecialTokens special = new SpecialTokens(folder, config);
    String json =
        isReady
            ? TokenizerJson.readString(ready)
            : TokenizerJson.of(vocabulary, folder.resolve("merges.txt"), special);
    HuggingFaceTokenizer tokenizer;
    try {
      tokenizer =
          HuggingFaceTokenizer.newInstance(
              new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
              Map.of("padding", "false", "truncation", "false", "addSpecialTokens", "true"));
    } catch (IOException | RuntimeException e) {
      throw new ModelException(
          source, null, "the tokenizer cannot be made from it: " + e.getMessage(), e);
    }
    long[] empty = tokenizer.encode("").getIds();
    if (empty.length != 2) {
      tokenizer.close();
      throw new ModelException(
          source,
          "post_processor",
          "expected a start and an end token around an empty text, found "
              + Arrays.toString(empty)
              + ".",
          null);
    }
    String pad = special.text("pad_token", vocabulary);
    long[] padIds = tokenizer.encode(pad, false, false).getIds();
    if (padIds.length != 1) {
      tokenizer.close();
      throw new ModelException(
          source, "pad_token", "the padding token " + pad + " is not one token.", null);
    }
    return new ClipTokenizer(tokenizer, maxLength, padIds[0], empty[0], empty[1]);
  }

  /** How many tokens go into the text encoder, the start and end tokens included. */
  int maxLength() {
    return maxLength;
  }

  /** How many tokens a text has before it is cut, the start and end tokens included. */
  int count(String text) {
    return tokenizer.encode(text).getIds().length;
  }

  /**
   * The tokens of a text: start, text, end, padded to {@link #maxLength()}. Where the text is too
   * long it is cut, and the end token stays.
   */
  long[] encode(String text) {
    long[] ids = tokens(text);
    return between(Arrays.copyOf(ids, Math.min(ids.length, maxLength - 2)));
  }

  /** The tokens of a text without start and end, however many there are. */
  long[] tokens(String text) {
    long[] ids = tokenizer.encode(text).getIds();
    return Arrays.copyOfRange(ids, 1, ids.length - 1);
  }

  /**
   * Tokens between the start and the end token, padded to {@link #maxLength()}.
   *
   * @param tokens at most two fewer than that
   */
  long[] between(long[] tokens) {
    long[] padded = new long[maxLength];
    Arrays.fill(padded, padId);
    padded[0] = startId;
    System.arraycopy(tokens, 0, padded, 1, tokens.length);
    padded[tokens.length + 1] = endId;
    return padded;
  }

  @Override
  public void close() {
    tokenizer.close();
  }
}
