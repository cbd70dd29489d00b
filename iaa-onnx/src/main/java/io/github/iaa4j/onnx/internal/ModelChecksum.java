package io.github.iaa4j.onnx.internal;

import io.github.iaa4j.core.error.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * One checksum over the files of a model: SHA-256 over each file's name with slashes, a zero byte,
 * its length (8 bytes, big endian) and its bytes, in the order of the names.
 */
public final class ModelChecksum {

  private ModelChecksum() {}

  /**
   * The checksum.
   *
   * @param parts files and folders of the model's folder that count
   * @param others folders elsewhere that count as a whole, in their order
   * @return 64 digits, lower-case hexadecimal
   * @throws ModelException if a file cannot be read
   */
  public static String of(Path folder, List<String> parts, List<Path> others) {
    SortedMap<String, Path> files = files(folder, parts);
    for (int i = 0; i < others.size(); i++) {
      String prefix = "other " + (i + 1) + "/";
      files(others.get(i), List.of("")).forEach((name, file) -> files.put(prefix + name, file));
    }
    MessageDigest digest = sha256();
    update(digest, files);
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The files in some parts of a folder, by their names with slashes. */
  static SortedMap<String, Path> files(Path folder, List<String> parts) {
    SortedMap<String, Path> files = new TreeMap<>();
    for (String part : parts) {
      // Folders of a download cache are often links.
      try (Stream<Path> found = Files.walk(folder.resolve(part), FileVisitOption.FOLLOW_LINKS)) {
        found
            .filter(Files::isRegularFile)
            .forEach(
                file -> files.put(folder.relativize(file).toString().replace('\\', '/'), file));
      } catch (IOException e) {
        throw new ModelException(folder.resolve(part), null, "cannot be read: " + e, e);
      }
    }
    return files;
  }

  /** Adds names, lengths and bytes of files to a digest. */
  static void update(MessageDigest digest, SortedMap<String, Path> files) {
    byte[] chunk = new byte[1 << 20];
    files.forEach(
        (name, file) -> {
          digest.update(name.getBytes(StandardCharsets.UTF_8));
          digest.update((byte) 0);
          try (InputStream in = Files.newInputStream(file)) {
            digest.update(ByteBuffer.allocate(Long.BYTES).putLong(0, Files.size(file)));
            for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
              digest.update(chunk, 0, read);
            }
          } catch (IOException e) {
            throw new ModelException(file, null, "cannot be read: " + e, e);
          }
        });
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
