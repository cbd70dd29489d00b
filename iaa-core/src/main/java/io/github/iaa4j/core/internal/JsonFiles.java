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
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * JSON files of one value. A field that is null is left out of them; a figure that does not exist,
 * NaN, is null.
 */
public final class JsonFiles {

  private static final Gson GSON =
      new GsonBuilder()
          .setPrettyPrinting()
          .disableHtmlEscaping()
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
    } catch (IOException | RuntimeException e) {
      // Gson passes on what a record's constructor throws, in a bare RuntimeException.
      Throwable why = e instanceof JsonParseException || e.getCause() == null ? e : e.getCause();
      throw damaged(file, why.getMessage(), e);
    }
  }

  private static StorageException damaged(
      Path file, @Nullable String why, @Nullable Exception cause) {
    return new StorageException(
        file, "it cannot be read (" + why + "). Delete it to have it recreated.", cause);
  }

  /**
   * Reads a file of a list, in which nothing is null.
   *
   * @return the list, unmodifiable; empty where there is no such file
   * @throws StorageException if it cannot be read or is not what was written there
   */
  public static <T> List<T> readList(Path file, Class<T[]> type) {
    if (!Files.exists(file)) {
      return List.of();
    }
    List<T> all = Arrays.asList(read(file, type));
    if (all.contains(null)) {
      throw damaged(file, "a value is null", null);
    }
    return List.copyOf(all);
  }

  private static final class Figure extends TypeAdapter<Double> {
    @Override
    public void write(JsonWriter out, Double value) throws IOException {
      if (value == null) {
        out.nullValue();
      } else if (!Double.isFinite(value)) {
        boolean serializesNulls = out.getSerializeNulls();
        out.setSerializeNulls(true); // A missing field would be read as 0.
        out.nullValue();
        out.setSerializeNulls(serializesNulls);
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
