package io.github.iaa4j.core.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import com.google.gson.TypeAdapter;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.gson.stream.JsonWriter;
import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** JSON files of one value. A figure that does not exist, NaN, is null in them. */
public final class JsonFiles {

  private static final Gson GSON =
      new GsonBuilder()
          .setPrettyPrinting()
          .disableHtmlEscaping()
          .serializeNulls()
          .registerTypeAdapter(Double.class, new Figure())
          .registerTypeAdapter(double.class, new Figure())
          .create();

  private JsonFiles() {}

  /**
   * Writes a file, whole or not at all.
   *
   * @throws StorageException if it cannot be written
   */
  public static void write(Path file, Object value) {
    AtomicFiles.write(file, (GSON.toJson(value) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads a file.
   *
   * @throws StorageException if it cannot be read or is not what was written there
   */
  public static <T> T read(Path file, Class<T> type) {
    try {
      T value = GSON.fromJson(Files.readString(file), type);
      if (value == null) {
        throw new JsonParseException("the file is empty");
      }
      return value;
    } catch (IOException | JsonParseException e) {
      throw new StorageException(
          file, "it cannot be read (" + e.getMessage() + "). Delete it to have it recreated.", e);
    }
  }

  private static final class Figure extends TypeAdapter<Double> {
    @Override
    public void write(JsonWriter out, Double value) throws IOException {
      if (value == null || !Double.isFinite(value)) {
        out.nullValue();
      } else {
        out.value(value);
      }
    }

    @Override
    public Double read(JsonReader in) throws IOException {
      if (in.peek() == JsonToken.NULL) {
        in.nextNull();
        return Double.NaN;
      }
      return in.nextDouble();
    }
  }
}
