package io.github.iaa4j.llm.chat;

import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.util.Objects;

/**
 * The shape that an answer must have. Immutable.
 *
 * <p>The strict mode of OpenAI and of llama.cpp requires every property to be listed under {@code
 * required}, and {@code "additionalProperties": false}.
 *
 * @param name a short name for the shape: letters, digits, dashes and underscores, at most 64
 * @param json the JSON Schema itself, one object
 */
public record JsonSchema(String name, String json) {

  /**
   * @throws NullPointerException if a part is null
   * @throws IllegalArgumentException if the name holds other characters or the schema is not a JSON
   *     object
   */
  public JsonSchema {
    Objects.requireNonNull(name, "name");
    Objects.requireNonNull(json, "json");
    if (!name.matches("[A-Za-z0-9_-]{1,64}")) {
      throw new IllegalArgumentException(
          "a schema's name is 1 to 64 letters, digits, dashes and underscores, not \""
              + name
              + '"');
    }
    try {
      if (!JsonParser.parseString(json).isJsonObject()) {
        throw new IllegalArgumentException("the schema " + name + " is not a JSON object");
      }
    } catch (JsonParseException e) {
      throw new IllegalArgumentException("the schema " + name + " is not JSON", e);
    }
  }
}
