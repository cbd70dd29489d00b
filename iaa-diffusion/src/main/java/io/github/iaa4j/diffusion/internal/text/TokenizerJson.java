package io.github.iaa4j.diffusion.internal.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The {@code tokenizer.json} of CLIP, as Hugging Face's tokenizers read it, made from {@code
 * vocab.json} and {@code merges.txt}.
 */
final class TokenizerJson {

  private TokenizerJson() {}

  /**
   * Makes it.
   *
   * @param vocabulary vocab.json
   * @param mergesFile merges.txt
   * @throws ModelException if a file is missing or malformed
   */
  static String of(JsonConfig vocabulary, Path mergesFile, SpecialTokens special) {
    JsonObject tokenizer = new JsonObject();
    tokenizer.addProperty("version", "1.0");
    tokenizer.add("added_tokens", special.added(vocabulary));
    tokenizer.add("normalizer", normalizer());
    tokenizer.add("pre_tokenizer", preTokenizer());
    tokenizer.add("post_processor", postProcessor(vocabulary, special));
    tokenizer.add("model", model(vocabulary, mergesFile, special));
    return tokenizer.toString();
  }

  /** Byte-pair encoding. */
  private static JsonObject model(JsonConfig vocabulary, Path mergesFile, SpecialTokens special) {
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
    return model;
  }

  private static JsonObject normalizer() {
    JsonArray normalizers = new JsonArray();
    normalizers.add(typed("NFC"));
    JsonObject spaces = typed("Replace");
    spaces.add("pattern", pattern("\\s+"));
    spaces.addProperty("content", " ");
    normalizers.add(spaces);
    normalizers.add(typed("Lowercase"));
    JsonObject normalizer = typed("Sequence");
    normalizer.add("normalizers", normalizers);
    return normalizer;
  }

  private static JsonObject preTokenizer() {
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
    return preTokenizer;
  }

  /** Puts the start token before a text and the end token after it. */
  private static JsonObject postProcessor(JsonConfig vocabulary, SpecialTokens special) {
    JsonObject postProcessor = typed("RobertaProcessing");
    postProcessor.add("sep", tokenAndId(vocabulary, special.text("eos_token")));
    postProcessor.add("cls", tokenAndId(vocabulary, special.text("bos_token")));
    postProcessor.addProperty("trim_offsets", false);
    postProcessor.addProperty("add_prefix_space", false);
    return postProcessor;
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

  static String readString(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new ModelException(file, null, "the file is missing or cannot be read: " + e, e);
    }
  }
}
