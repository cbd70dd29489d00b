package io.github.iaa4j.core.dataset;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.Strictness;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.iaa4j.core.error.DatasetException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A JSON object in a small text, in the words of whoever wrote the file. */
final class JsonText {

  private static final TypeAdapter<JsonElement> JSON = new Gson().getAdapter(JsonElement.class);

  private JsonText() {}

  /**
   * Reads one object and nothing after it.
   *
   * @param field the line or key that the text is, or null where it is the whole file
   * @throws DatasetException if the text is anything else
   */
  static JsonObject object(Path file, @Nullable String field, String text) {
    try (JsonReader json = new JsonReader(new StringReader(text))) {
      json.setStrictness(Strictness.STRICT);
      JsonElement element = JSON.read(json);
      if (json.peek() == JsonToken.END_DOCUMENT && element instanceof JsonObject object) {
        return object;
      }
    } catch (IOException | JsonParseException e) {
      throw new DatasetException(
          file, field, "is no JSON: " + ListFile.quoted(text.strip()) + "; fix it", e);
    }
    throw new DatasetException(file, field, "must be one JSON object; fix it", null);
  }

  static boolean isString(@Nullable JsonElement element) {
    return element != null && element.isJsonPrimitive() && element.getAsJsonPrimitive().isString();
  }
}
