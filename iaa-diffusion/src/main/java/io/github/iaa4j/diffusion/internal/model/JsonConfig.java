package io.github.iaa4j.diffusion.internal.model;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.onnx.internal.Download;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One JSON object of a model folder. Its getters never guess: a value of another type is a {@link
 * ModelException} with the file and the key.
 */
public final class JsonConfig {

  private final Path file;
  private final JsonObject json;

  private JsonConfig(Path file, JsonObject json) {
    this.file = file;
    this.json = json;
  }

  /**
   * Reads a file.
   *
   * @throws ModelException if the file is missing or is not a JSON object
   */
  public static JsonConfig read(Path file) {
    try {
      JsonElement json = JsonParser.parseString(Files.readString(file, StandardCharsets.UTF_8));
      if (!json.isJsonObject()) {
        String fault = Download.fault(file);
        if (fault != null) {
          throw new ModelException(file, null, fault, null);
        }
        throw new ModelException(file, null, "expected a JSON object.", null);
      }
      return new JsonConfig(file, json.getAsJsonObject());
    } catch (NoSuchFileException e) {
      throw new ModelException(
          file,
          null,
          "the file is missing. Download the folder again, or export it: a Stable Diffusion folder"
              + " in the Hugging Face ONNX layout, such as optimum-cli export onnx writes, has it.",
          e);
    } catch (JsonParseException e) {
      String fault = Download.fault(file);
      throw new ModelException(
          file, null, fault == null ? "this is not JSON. Download the file again." : fault, e);
    } catch (CharacterCodingException e) {
      throw new ModelException(file, null, "this is not UTF-8. Download the file again.", e);
    } catch (IOException e) {
      throw new ModelException(file, null, "the file cannot be read: " + e, e);
    }
  }

  /** An object that stands for a file that is missing. */
  static JsonConfig of(Path file, JsonObject json) {
    return new JsonConfig(file, json);
  }

  /** The object under a key of this one, where a value is there and not here. */
  public JsonConfig inside(String object, String key) {
    return !has(key) && json.get(object) instanceof JsonObject inner && inner.has(key)
        ? new JsonConfig(file, inner)
        : this;
  }

  /** The same object with another value under a key. */
  public JsonConfig with(String key, JsonPrimitive value) {
    JsonObject changed = json.deepCopy();
    changed.add(key, value);
    return new JsonConfig(file, changed);
  }

  /** The file that this was read from. */
  public Path file() {
    return file;
  }

  /** Every key, in the order of the file. */
  public Set<String> keys() {
    return json.keySet();
  }

  /** Whether the key is there and not null. */
  public boolean has(String key) {
    return json.has(key) && !json.get(key).isJsonNull();
  }

  /** The value as it is. */
  public JsonElement get(String key) {
    if (!has(key)) {
      throw new ModelException(file, key, "the key is missing.", null);
    }
    return json.get(key);
  }

  public int integer(String key) {
    return integer(key, get(key));
  }

  public int integer(String key, int otherwise) {
    return has(key) ? integer(key) : otherwise;
  }

  public double number(String key) {
    JsonElement value = get(key);
    try {
      return value.getAsDouble();
    } catch (NumberFormatException | UnsupportedOperationException | IllegalStateException e) {
      throw unexpected(key, "a number", e);
    }
  }

  public double number(String key, double otherwise) {
    return has(key) ? number(key) : otherwise;
  }

  public boolean flag(String key, boolean otherwise) {
    if (!has(key)) {
      return otherwise;
    }
    JsonElement value = get(key);
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isBoolean()) {
      throw unexpected(key, "true or false", null);
    }
    return value.getAsBoolean();
  }

  public String string(String key) {
    JsonElement value = get(key);
    if (!value.isJsonPrimitive() || !value.getAsJsonPrimitive().isString()) {
      throw unexpected(key, "a string", null);
    }
    return value.getAsString();
  }

  public String string(String key, String otherwise) {
    return has(key) ? string(key) : otherwise;
  }

  /** A list of whole numbers. */
  public List<Integer> integers(String key) {
    JsonElement value = get(key);
    if (!(value instanceof JsonArray array)) {
      throw unexpected(key, "a list of whole numbers", null);
    }
    List<Integer> numbers = new ArrayList<>();
    for (JsonElement element : array) {
      numbers.add(integer(key, element));
    }
    return numbers;
  }

  /** A list of numbers. */
  public List<Double> numbers(String key) {
    JsonElement value = get(key);
    if (!(value instanceof JsonArray array)) {
      throw unexpected(key, "a list of numbers", null);
    }
    List<Double> numbers = new ArrayList<>();
    for (JsonElement element : array) {
      if (!element.isJsonPrimitive() || !element.getAsJsonPrimitive().isNumber()) {
        throw unexpected(key, "a list of numbers", null);
      }
      numbers.add(element.getAsDouble());
    }
    return numbers;
  }

  /** An error that says what was expected under a key, and what is there. */
  public ModelException unexpected(String key, String expected, @Nullable Throwable cause) {
    return new ModelException(
        file, key, "expected " + expected + ", found " + json.get(key) + ".", cause);
  }

  private int integer(String key, JsonElement value) {
    try {
      double number = value.getAsDouble();
      if (number == (int) number) {
        return (int) number;
      }
    } catch (NumberFormatException | UnsupportedOperationException | IllegalStateException e) {
      throw unexpected(key, "a whole number", e);
    }
    throw unexpected(key, "a whole number", null);
  }
}
