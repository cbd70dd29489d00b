package io.github.iaa4j.core.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;
import io.github.iaa4j.core.error.StorageException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal: a file of one JSON object a line, appended to. A line is there once it ends in a
 * newline; what a kill left of one is cut off when the journal is opened again.
 *
 * @param <T> the record type of a line
 */
public final class JsonLines<T> implements AutoCloseable {

  /** Writes records as they are declared, with text as people read it. */
  public static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().setStrictness(Strictness.STRICT).create();

  private static final Logger LOG = LoggerFactory.getLogger(JsonLines.class);

  private final Path file;
  private final FileOutputStream out;

  private JsonLines(Path file, FileOutputStream out) {
    this.file = file;
    this.out = out;
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
          if (isWhole(file, bytes, whole, type)) {
            // A person's editor left out the last newline: that line counts.
            Files.write(file, new byte[] {'\n'}, StandardOpenOption.APPEND);
          } else {
            LOG.warn("{}: the last line breaks off and is cut off", file);
            try (FileChannel cut = FileChannel.open(file, StandardOpenOption.WRITE)) {
              cut.truncate(whole);
            }
          }
        }
      }
      // No channel: an interrupt would close it, and look like a disk that fails.
      return new JsonLines<>(file, new FileOutputStream(file.toFile(), true));
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
      out.write((GSON.toJson(line) + "\n").getBytes(StandardCharsets.UTF_8));
      out.getFD().sync();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  @Override
  public void close() {
    try {
      out.close();
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
      int end = whole < bytes.length && isWhole(file, bytes, whole, type) ? bytes.length : whole;
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
    } catch (RuntimeException e) {
      // Gson hands on what a record's constructor throws, in a bare RuntimeException.
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

  /**
   * Whether the end of a file, which has no newline, is a line all the same.
   *
   * @throws StorageException if it is no torn line but a wrong one: it ends where its braces do
   */
  private static boolean isWhole(Path file, byte[] bytes, int from, Class<?> type) {
    String tail = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
    try {
      return GSON.fromJson(tail, type) != null;
    } catch (RuntimeException e) {
      if (endsWhereItsBracesDo(tail)) {
        int number = 1;
        for (int i = 0; i < from; i++) {
          number += bytes[i] == '\n' ? 1 : 0;
        }
        throw damaged(file, number, e);
      }
      return false;
    }
  }

  private static boolean endsWhereItsBracesDo(String text) {
    int depth = 0;
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (quoted && c == '\\') {
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (!quoted && c == '{') {
        depth++;
      } else if (!quoted && c == '}') {
        depth--;
      }
    }
    return depth == 0 && !quoted && text.strip().endsWith("}");
  }
}
