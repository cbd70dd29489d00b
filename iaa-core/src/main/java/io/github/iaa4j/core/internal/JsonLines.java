package io.github.iaa4j.core.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.github.iaa4j.core.StorageException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A journal: a file of one JSON object a line, appended to. A line is there once it ends in a
 * newline; what a kill left of one is cut off when the journal is opened again.
 *
 * @param <T> the record type of a line
 */
public final class JsonLines<T> implements AutoCloseable {

  /** Writes records as they are declared, with text as people read it. */
  public static final Gson GSON = new GsonBuilder().disableHtmlEscaping().create();

  private final Path file;
  private final FileChannel channel;

  private JsonLines(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Opens a journal for appending, made if it is not there, without the torn end of a killed run.
   *
   * @throws StorageException if it cannot be opened
   */
  public static <T> JsonLines<T> append(Path file, Class<T> type) {
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (Files.exists(file)) {
        byte[] bytes = Files.readAllBytes(file);
        int whole = wholeLines(bytes);
        if (whole < bytes.length) {
          if (isWhole(bytes, whole, type)) {
            // A person's editor left out the last newline: that line counts.
            Files.write(file, new byte[] {'\n'}, StandardOpenOption.APPEND);
          } else {
            try (FileChannel cut = FileChannel.open(file, StandardOpenOption.WRITE)) {
              cut.truncate(whole);
            }
          }
        }
      }
      return new JsonLines<>(
          file,
          FileChannel.open(
              file,
              StandardOpenOption.CREATE,
              StandardOpenOption.WRITE,
              StandardOpenOption.APPEND));
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * Appends a line and forces it to the disk.
   *
   * @throws StorageException if that fails
   */
  public void add(T line) {
    try {
      ByteBuffer buffer =
          ByteBuffer.wrap((GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(false);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * All lines; none where the file is not there. A torn last line is left out.
   *
   * @throws StorageException if another line is no such object; the message has its number
   */
  public static <T> List<T> read(Path file, Class<T> type) {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      int whole = wholeLines(bytes);
      int end = whole < bytes.length && isWhole(bytes, whole, type) ? bytes.length : whole;
      String[] lines = new String(bytes, 0, end, StandardCharsets.UTF_8).split("\n", -1);
      List<T> values = new ArrayList<>();
      for (int i = 0; i < lines.length; i++) {
        if (!lines[i].isBlank()) {
          values.add(parse(file, i + 1, lines[i], type));
        }
      }
      return values;
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * Replaces the file by these lines, whole or not at all.
   *
   * @throws StorageException if that fails
   */
  public static <T> void rewrite(Path file, List<T> lines) {
    StringBuilder text = new StringBuilder();
    for (T line : lines) {
      text.append(GSON.toJson(line)).append('\n');
    }
    AtomicFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static <T> T parse(Path file, int number, String line, Class<T> type) {
    try {
      T value = GSON.fromJson(line, type);
      if (value != null) {
        return value;
      }
    } catch (JsonParseException | IllegalArgumentException e) {
      throw damaged(file, number, e);
    }
    throw damaged(file, number, null);
  }

  private static StorageException damaged(Path file, int number, @Nullable Exception e) {
    return new StorageException(
        file,
        "line "
            + number
            + " is not the JSON object that belongs there"
            + (e == null ? "" : " (" + e.getMessage() + ")")
            + ". Mend or delete that line; every other line is used as it is.",
        e);
  }

  private static int wholeLines(byte[] bytes) {
    int end = bytes.length;
    while (end > 0 && bytes[end - 1] != '\n') {
      end--;
    }
    return end;
  }

  private static boolean isWhole(byte[] bytes, int from, Class<?> type) {
    try {
      String tail = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
      return GSON.fromJson(tail, type) != null;
    } catch (JsonParseException | IllegalArgumentException e) {
      return false;
    }
  }
}
