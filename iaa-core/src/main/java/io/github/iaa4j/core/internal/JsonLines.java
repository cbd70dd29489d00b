package io.github.iaa4j.core.internal;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.Strictness;
import io.github.iaa4j.core.error.StorageException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A journal: a UTF-8 file of one JSON object a line, appended to. A line is there once it ends in a
 * newline; what a killed process left of one is cut off when the journal is opened again. Lines may
 * be added from several threads.
 *
 * @param <T> the record type of a line
 */
public final class JsonLines<T> implements AutoCloseable {

  /** Writes records as they are declared, with text as people read it. */
  public static final Gson GSON =
      new GsonBuilder().disableHtmlEscaping().setStrictness(Strictness.STRICT).create();

  private static final Logger LOG = LoggerFactory.getLogger(JsonLines.class);

  private final Path file;
  private final Format<T> format;
  private FileOutputStream out;

  private JsonLines(Path file, Format<T> format, FileOutputStream out) {
    this.file = file;
    this.format = format;
    this.out = out;
  }

  /**
   * How a value becomes a line and back.
   *
   * @param <T> the type of the values
   */
  public interface Format<T> {

    /** The JSON object of a value, without a newline in it. */
    String format(T value);

    /**
     * The value of a line.
     *
     * @param number of the line, from 1
     * @throws RuntimeException if the line is not such an object; its message says why
     */
    T parse(int number, String line);
  }

  /**
   * Opens a journal for appending, without the torn last line of a killed process; creates it where
   * it does not exist.
   *
   * @throws StorageException if it cannot be opened
   */
  public static <T> JsonLines<T> append(Path file, Class<T> type) {
    return append(file, new GsonFormat<>(type));
  }

  /**
   * As {@link #append(Path, Class)}, with another format.
   *
   * @throws StorageException if it cannot be opened
   */
  public static <T> JsonLines<T> append(Path file, Format<T> format) {
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      if (Files.exists(file)) {
        endLastLine(file, format);
      }
      // No channel: an interrupt would close it, and look like a disk that fails.
      return new JsonLines<>(file, format, new FileOutputStream(file.toFile(), true));
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * Appends a line and forces it to the disk.
   *
   * @throws StorageException if that fails
   */
  public synchronized void add(T value) {
    try {
      // In one piece, so that a kill tears the last line at most.
      out.write((format.format(value) + "\n").getBytes(StandardCharsets.UTF_8));
      out.getFD().sync();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * Replaces all lines, whole or not at all; what is added later stands behind them.
   *
   * @throws StorageException if that fails
   */
  public synchronized void replace(List<T> values) {
    try {
      out.close();
      writeAll(file, values, format::format);
      out = new FileOutputStream(file.toFile(), true);
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(file, e);
    }
  }

  /**
   * All lines; none where the file does not exist. A torn last line is left out.
   *
   * @throws StorageException if another line is malformed; the message has its number
   */
  public static <T> List<T> read(Path file, Class<T> type) {
    return read(file, new GsonFormat<>(type));
  }

  /**
   * As {@link #read(Path, Class)}, with another format.
   *
   * @throws StorageException if a line other than a torn last one is malformed
   */
  public static <T> List<T> read(Path file, Format<T> format) {
    if (!Files.exists(file)) {
      return List.of();
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      List<T> values = new ArrayList<>();
      int number = 1;
      for (int from = 0; from < bytes.length; number++) {
        int end = lineEnd(bytes, from);
        if (end == bytes.length && isTorn(file, number, bytes, from, format)) {
          break;
        }
        T value = parse(file, number, bytes, from, end, format);
        if (value != null) {
          values.add(value);
        }
        from = end + 1;
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
    writeAll(file, lines, GSON::toJson);
  }

  private static <T> void writeAll(Path file, List<T> values, Function<T, String> line) {
    StringBuilder text = new StringBuilder();
    values.forEach(value -> text.append(line.apply(value)).append('\n'));
    AtomicFiles.write(file, text.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Makes what is appended begin a line of its own. */
  private static void endLastLine(Path file, Format<?> format) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    int from = 0;
    int number = 1;
    for (int end = lineEnd(bytes, 0); end < bytes.length; end = lineEnd(bytes, from)) {
      from = end + 1;
      number++;
    }
    if (from == bytes.length) {
      return;
    }
    if (isTorn(file, number, bytes, from, format)) {
      LOG.warn("{}: the last line breaks off and is cut off", file);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(from);
      }
    } else {
      // A person's editor left out the last newline: that line counts.
      Files.write(file, new byte[] {'\n'}, StandardOpenOption.APPEND);
    }
  }

  /** The index of the newline that ends a line, or the length of the file. */
  private static int lineEnd(byte[] bytes, int from) {
    int end = from;
    while (end < bytes.length && bytes[end] != '\n') {
      end++;
    }
    return end;
  }

  /**
   * Whether the end of a file, which has no newline, is what a kill left of a line.
   *
   * @throws StorageException if it is not torn but wrong: it ends where its braces do
   */
  private static boolean isTorn(Path file, int number, byte[] bytes, int from, Format<?> format) {
    try {
      return parse(file, number, bytes, from, bytes.length, format) == null;
    } catch (StorageException e) {
      String tail = new String(bytes, from, bytes.length - from, StandardCharsets.UTF_8);
      if (endsWhereItsBracesDo(tail)) {
        throw e;
      }
      return true;
    }
  }

  private static <T> @Nullable T parse(
      Path file, int number, byte[] bytes, int from, int end, Format<T> format) {
    try {
      String line =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, from, end - from))
              .toString();
      return line.isBlank() ? null : format.parse(number, line);
    } catch (CharacterCodingException e) {
      throw malformed(file, number, "it is not UTF-8", e);
    } catch (RuntimeException e) {
      // Gson wraps what a record's constructor throws in a RuntimeException without its message.
      Throwable cause = e;
      while (cause.getCause() != null) {
        cause = cause.getCause();
      }
      throw malformed(file, number, cause.getMessage(), e);
    }
  }

  private static StorageException malformed(
      Path file, int number, @Nullable String why, Exception e) {
    return new StorageException(
        file,
        "line "
            + number
            + " is malformed ("
            + why
            + "). Fix or delete that line; every other line is used as it is.",
        e);
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

  private record GsonFormat<T>(Class<T> type) implements Format<T> {

    @Override
    public String format(T value) {
      return GSON.toJson(value);
    }

    @Override
    public T parse(int number, String line) {
      T value = GSON.fromJson(line, type);
      if (value == null) {
        throw new IllegalArgumentException("it is null");
      }
      return value;
    }
  }
}
