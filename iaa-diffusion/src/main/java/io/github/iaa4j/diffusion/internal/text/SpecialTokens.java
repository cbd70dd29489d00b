package io.github.iaa4j.diffusion.internal.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import io.github.iaa4j.diffusion.internal.model.JsonConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The named tokens of a CLIP tokenizer, from where transformers takes them: {@code
 * tokenizer_config.json} alone where it has an {@code added_tokens_decoder}; in older folders
 * {@code special_tokens_map.json} first. Stable Diffusion 2 depends on it: its padding token is in
 * the second, and another in the first.
 */
final class SpecialTokens {

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
