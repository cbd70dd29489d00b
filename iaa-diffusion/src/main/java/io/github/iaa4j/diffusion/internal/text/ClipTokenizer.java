package io.github.iaa4j.diffusion.internal.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import io.github.iaa4j.diffusion.internal.model.ModelFolder;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * The CLIP tokenizer of a model folder: Radford et al., arXiv 2103.00020, byte-level BPE over lower
 * case text between a start and an end token.
 *
 * <p>Reads {@code tokenizer.json} where there is one; otherwise makes it from {@code vocab.json}
 * and {@code merges.txt}, to the same tokens as {@code CLIPTokenizer} of transformers. The BPE
 * itself is Hugging Face's native library, which is inside its jar.
 */
public final class ClipTokenizer implements AutoCloseable {

  static {
    // Without these, loading the native library may send usage data from Amazon machines, and
    // downloads a CUDA build of it where it finds a GPU. The CPU build is in the jar.
    setUnlessSet("OPT_OUT_TRACKING", "true");
    setUnlessSet("RUST_FLAVOR", "cpu");
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
            ? readString(ready)
            : tokenizerJson(vocabulary, folder.resolve("merges.txt"), special);
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
  public int maxLength() {
    return maxLength;
  }

  /** How many tokens a text has before it is cut, the start and end tokens included. */
  public int count(String text) {
    return tokenizer.encode(text).getIds().length;
  }

  /**
   * The tokens of a text: start, text, end, padded to {@link #maxLength()}. Where the text is too
   * long it is cut, and the end token stays.
   */
  public long[] encode(String text) {
    long[] ids = tokens(text);
    return between(Arrays.copyOf(ids, Math.min(ids.length, maxLength - 2)));
  }

  /** The tokens of a text without start and end, however many there are. */
  public long[] tokens(String text) {
    long[] ids = tokenizer.encode(text).getIds();
    return Arrays.copyOfRange(ids, 1, ids.length - 1);
  }

  /**
   * Tokens between the start and the end token, padded to {@link #maxLength()}.
   *
   * @param tokens at most two fewer than that
   */
  public long[] between(long[] tokens) {
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

  private static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null && System.getenv(property) == null) {
      System.setProperty(property, value);
    }
  }

  private static String tokenizerJson(
      JsonConfig vocabulary, Path mergesFile, SpecialTokens special) {
    JsonObject vocab = new JsonObject();
    for (String token : vocabulary.keys()) {
      vocab.addProperty(token, vocabulary.integer(token));
    }
    JsonArray merges = new JsonArray();
    for (String line : readString(mergesFile).lines().toList()) {
      String merge = line.strip();
      if (merge.isEmpty() || merge.startsWith("#version")) {
        continue;
      }
      if (merge.indexOf(' ') < 0 || merge.indexOf(' ') != merge.lastIndexOf(' ')) {
        throw new ModelException(
            mergesFile, null, "expected two tokens on each line, found \"" + merge + "\".", null);
      }
      merges.add(merge);
    }
    JsonObject model = new JsonObject();
    model.addProperty("type", "BPE");
    model.addProperty("unk_token", special.text("unk_token"));
    model.addProperty("continuing_subword_prefix", "");
    model.addProperty("end_of_word_suffix", "</w>");
    model.addProperty("fuse_unk", false);
    model.add("vocab", vocab);
    model.add("merges", merges);

    JsonArray normalizers = new JsonArray();
    normalizers.add(typed("NFC"));
    JsonObject spaces = typed("Replace");
    spaces.add("pattern", pattern("\\s+"));
    spaces.addProperty("content", " ");
    normalizers.add(spaces);
    normalizers.add(typed("Lowercase"));
    JsonObject normalizer = typed("Sequence");
    normalizer.add("normalizers", normalizers);

    // Contractions, runs of letters, single digits, runs of anything else: the word pattern of
    // CLIP.
    JsonObject words = typed("Split");
    words.add(
        "pattern",
        pattern(
            "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d"
                + "|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"));
    words.addProperty("behavior", "Removed");
    words.addProperty("invert", true);
    JsonObject bytes = typed("ByteLevel");
    bytes.addProperty("add_prefix_space", false);
    bytes.addProperty("trim_offsets", true);
    bytes.addProperty("use_regex", true);
    JsonArray steps = new JsonArray();
    steps.add(words);
    steps.add(bytes);
    JsonObject preTokenizer = typed("Sequence");
    preTokenizer.add("pretokenizers", steps);

    JsonObject postProcessor = typed("RobertaProcessing");
    postProcessor.add("sep", tokenAndId(vocabulary, special.text("eos_token")));
    postProcessor.add("cls", tokenAndId(vocabulary, special.text("bos_token")));
    postProcessor.addProperty("trim_offsets", false);
    postProcessor.addProperty("add_prefix_space", false);

    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("added_tokens", special.added(vocabulary));
    tokenizer.add("normalizer", normalizer);
    tokenizer.add("pre_tokenizer", preTokenizer);
    tokenizer.add("post_processor", postProcessor);
    tokenizer.add("model", model);
    return tokenizer.toString();
  }

  private static JsonObject typed(String type) {
    JsonObject object = new JsonObject();
    object.addProperty("type", type);
    return object;
  }

  private static JsonObject pattern(String regex) {
    JsonObject pattern = new JsonObject();
    pattern.addProperty("Regex", regex);
    return pattern;
  }

  private static JsonArray tokenAndId(JsonConfig vocabulary, String token) {
    JsonArray pair = new JsonArray();
    pair.add(token);
    pair.add(vocabulary.integer(token));
    return pair;
  }

  private static String readString(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ModelException(file, null, "the file is missing or cannot be read: " + e, e);
    }
  }

  /**
   * The named tokens, from where transformers takes them: {@code tokenizer_config.json} alone where
   * it has an {@code added_tokens_decoder}; in older folders {@code special_tokens_map.json} first.
   * Stable Diffusion 2 depends on it: its padding token is in the second, and another in the first.
   */
  private static final class SpecialTokens {

    private static final String[] NAMES = {"bos_token", "eos_token", "unk_token", "pad_token"};
    private static final String DECODER = "added_tokens_decoder";

    private final JsonConfig config;
    private final JsonConfig first;

    SpecialTokens(Path folder, JsonConfig config) {
      this.config = config;
      Path map = folder.resolve("special_tokens_map.json");
      first = !config.keys().contains(DECODER) && Files.exists(map) ? JsonConfig.read(map) : config;
    }

    /** The same, or what a tokenizer.json pads with where no other file says so. */
    String text(String name, JsonConfig ready) {
      JsonConfig padding = ready.inside("padding", name);
      return from(name).has(name) || padding == ready ? text(name) : padding.string(name);
    }

    /** As transformers: CLIP's usual tokens where no file names one. */
    String text(String name) {
      JsonConfig from = from(name);
      if (!from.has(name)) {
        return name.equals("bos_token") ? "<|startoftext|>" : "<|endoftext|>";
      }
      JsonElement value = from.get(name);
      if (value.isJsonObject() && value.getAsJsonObject().has("content")) {
        return value.getAsJsonObject().get("content").getAsString();
      }
      return from.string(name);
    }

    /** The tokens that are found in a text as they stand, before it is split into words. */
    JsonArray added(JsonConfig vocabulary) {
      Map<Integer, JsonObject> tokens = new TreeMap<>();
      for (String name : NAMES) {
        String text = text(name);
        JsonObject token = new JsonObject();
        token.addProperty("id", vocabulary.integer(text));
        token.addProperty("content", text);
        for (String option : new String[] {"single_word", "lstrip", "rstrip", "normalized"}) {
          token.addProperty(option, option(name, option));
        }
        token.addProperty("special", true);
        // One text may have several names; transformers keeps the options of the last.
        tokens.put(vocabulary.integer(text), token);
      }
      JsonArray added = new JsonArray();
      tokens.values().forEach(added::add);
      return added;
    }

    private boolean option(String name, String option) {
      JsonConfig from = from(name);
      JsonObject token =
          from.has(name) && from.get(name).isJsonObject()
              ? from.get(name).getAsJsonObject()
              : decoded(text(name));
      return token.has(option) && token.get(option).getAsBoolean();
    }

    private JsonConfig from(String name) {
      return first.has(name) ? first : config;
    }

    /** What the decoder says of a token; nothing where there is none. */
    private JsonObject decoded(String text) {
      if (config.has(DECODER) && config.get(DECODER) instanceof JsonObject decoder) {
        for (JsonElement entry : decoder.asMap().values()) {
          if (entry instanceof JsonObject token
              && token.has("content")
              && token.get("content").getAsString().equals(text)) {
            return token;
          }
        }
      }
      return new JsonObject();
    }
  }
}
