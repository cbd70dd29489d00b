package io.github.iaa4j.wsss.internal.training;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.AtomicFiles;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.wsss.internal.ModelFolder;
import io.github.iaa4j.wsss.internal.ValidationScore;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The file {@code checkpoint} of a model folder, which is there while a training is unfinished.
 *
 * <p>One line of JSON, which has the number of values of each array; the arrays in that order,
 * float32, little endian; the SHA-256 of all that, 32 bytes. Written atomically, so a training that
 * is killed while it writes leaves the checkpoint before.
 */
final class CheckpointFile {

  private static final String FORMAT = "iaa4j-checkpoint/1";
  private static final int CHECKSUM = 32;
  private static final int BUFFER = 1 << 16;
  private static final Gson GSON = new Gson();

  private final Path folder;
  private final Path file;

  CheckpointFile(Path folder) {
    this.folder = folder;
    this.file = folder.resolve(ModelFolder.CHECKPOINT);
  }

  boolean isPresent() {
    return Files.exists(file);
  }

  /**
   * Replaces the checkpoint.
   *
   * @throws StorageException if it cannot be written; the one before is then intact
   */
  void write(Checkpoint checkpoint) {
    Map<String, Map<String, float[]>> sections = new TreeMap<>();
    sections.put("classifier", checkpoint.classifier());
    sections.put(
        "losses",
        Map.of(
            "classifier", floats(checkpoint.classifierLosses()),
            "segmenter", floats(checkpoint.segmenterLosses())));
    sections.put("memory", checkpoint.memory());
    sections.put("weights", checkpoint.weights());
    JsonObject lengths = new JsonObject();
    List<float[]> arrays = new ArrayList<>();
    sections.forEach(
        (section, values) -> {
          JsonObject ofSection = new JsonObject();
          new TreeMap<>(values)
              .forEach(
                  (name, array) -> {
                    ofSection.addProperty(name, array.length);
                    arrays.add(array);
                  });
          lengths.add(section, ofSection);
        });
    JsonObject header = new JsonObject();
    header.addProperty("format", FORMAT);
    header.add("configuration", checkpoint.configuration());
    header.add("validation", GSON.toJsonTree(checkpoint.validation()));
    header.add("arrays", lengths);
    AtomicFiles.write(
        file,
        out -> {
          MessageDigest digest = Sha256.digest();
          OutputStream summed = new DigestOutputStream(out, digest);
          summed.write((header + "\n").getBytes(StandardCharsets.UTF_8));
          for (float[] array : arrays) {
            write(array, summed);
          }
          out.write(digest.digest());
        });
  }

  private static float[] floats(List<Float> list) {
    float[] array = new float[list.size()];
    for (int i = 0; i < array.length; i++) {
      array[i] = list.get(i);
    }
    return array;
  }

  private static void write(float[] array, OutputStream out) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < array.length; ) {
      int count = Math.min(array.length - at, BUFFER / Float.BYTES);
      buffer.asFloatBuffer().put(array, at, count);
      out.write(buffer.array(), 0, count * Float.BYTES);
      at += count;
    }
  }

  /**
   * The checkpoint of an unfinished training, if there is one.
   *
   * @param configuration of the training that would go on
   * @throws StorageException if it is damaged, or cannot be read
   * @throws ConfigurationException if it is of another configuration
   */
  Optional<Checkpoint> read(JsonObject configuration) {
    if (!isPresent()) {
      return Optional.empty();
    }
    try {
      requireIntact();
      try (DataInputStream in =
          new DataInputStream(new BufferedInputStream(Files.newInputStream(file), BUFFER))) {
        JsonObject header = JsonParser.parseString(line(in)).getAsJsonObject();
        String format = header.get("format").getAsString();
        if (!format.equals(FORMAT)) {
          throw unusable("has the format " + format + ", and this version reads " + FORMAT);
        }
        requireSame(header.getAsJsonObject("configuration"), configuration);
        Map<String, Map<String, float[]>> sections = new TreeMap<>();
        for (var section : header.getAsJsonObject("arrays").entrySet()) {
          Map<String, float[]> arrays = new TreeMap<>();
          for (var array : section.getValue().getAsJsonObject().entrySet()) {
            arrays.put(array.getKey(), floats(in, array.getValue().getAsInt()));
          }
          sections.put(section.getKey(), arrays);
        }
        return Optional.of(
            new Checkpoint(
                configuration,
                list(get(get(sections, "losses"), "classifier")),
                list(get(get(sections, "losses"), "segmenter")),
                List.of(GSON.fromJson(header.get("validation"), ValidationScore[].class)),
                get(sections, "weights"),
                get(sections, "memory"),
                get(sections, "classifier")));
      }
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  private static <T> T get(Map<String, T> map, String name) {
    return Objects.requireNonNull(map.get(name), name);
  }

  private StorageException unusable(String problem) {
    return new StorageException(
        file, problem + ". Delete this file, and the training starts from its first step.", null);
  }

  /** The whole file is checked first, so that what is then read from it can be trusted. */
  private void requireIntact() throws IOException {
    long rest = Files.size(file) - CHECKSUM;
    MessageDigest digest = Sha256.digest();
    byte[] checksum;
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[BUFFER];
      while (rest > 0) {
        int count = in.read(buffer, 0, (int) Math.min(rest, buffer.length));
        if (count < 0) {
          break;
        }
        digest.update(buffer, 0, count);
        rest -= count;
      }
      checksum = in.readNBytes(CHECKSUM);
    }
    if (rest != 0 || !Arrays.equals(checksum, digest.digest())) {
      throw unusable("is damaged or cut off");
    }
  }

  private static String line(InputStream in) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next >= 0 && next != '\n'; next = in.read()) {
      line.write(next);
    }
    return line.toString(StandardCharsets.UTF_8);
  }

  private static float[] floats(DataInputStream in, int count) throws IOException {
    float[] array = new float[count];
    byte[] buffer = new byte[BUFFER];
    for (int at = 0; at < count; ) {
      int some = Math.min(count - at, BUFFER / Float.BYTES);
      in.readFully(buffer, 0, some * Float.BYTES);
      ByteBuffer.wrap(buffer).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(array, at, some);
      at += some;
    }
    return array;
  }

  private static List<Float> list(float[] array) {
    List<Float> list = new ArrayList<>();
    for (float value : array) {
      list.add(value);
    }
    return list;
  }

  private void requireSame(JsonObject there, JsonObject here) {
    Set<String> fields = new LinkedHashSet<>(here.keySet());
    fields.addAll(there.keySet());
    for (String field : fields) {
      String saved = text(there.get(field));
      String asked = text(here.get(field));
      if (!saved.equals(asked)) {
        throw new ConfigurationException(
            folder
                + " has the checkpoint of another training: its "
                + field
                + " is "
                + saved
                + ", and that of this training is "
                + asked
                + ". Delete "
                + file
                + " to start from the first step, train into another folder, or use the same"
                + " images and options to resume");
      }
    }
  }

  private static String text(@Nullable JsonElement value) {
    return value == null ? "not stated" : value.toString();
  }

  /**
   * Deletes the checkpoint of a training that is done.
   *
   * @throws StorageException if that fails
   */
  void delete() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }
}
