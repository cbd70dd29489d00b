package io.github.iaa4j.toyworld;

import io.github.iaa4j.core.error.ModelException;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.internal.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The Stable Diffusion checkpoint that was trained on Toy World's {@link Split#BROAD}, as a folder
 * in the Hugging Face ONNX layout.
 *
 * <p>It is part of the jar, but ONNX Runtime loads files, so it is unpacked once into a cache: the
 * folder in the system property {@code iaa.cache}, else in the environment variable {@code
 * IAA_CACHE}, else {@code .cache/iaa4j} in the user's home. The file {@code SHA256SUMS} beside the
 * checkpoint lists its files, in the format of {@code sha256sum}.
 */
public final class ToyWorldCheckpoint {

  private static final String RESOURCES = "checkpoint/";
  private static final String INDEX = "SHA256SUMS";

  private ToyWorldCheckpoint() {}

  /**
   * The folder of the unpacked checkpoint. Every call checks each file against its checksum, and
   * unpacks the checkpoint again if one is missing or damaged. Safe for use by several threads and
   * processes.
   *
   * @throws ModelException if the checkpoint in the jar is missing or damaged
   * @throws StorageException if the cache cannot be written
   */
  public static synchronized Path folder() {
    return folder(cache());
  }

  static Path folder(Path cache) {
    byte[] index = resource(INDEX);
    Map<String, String> checksums = checksums(index);
    Path folder = cache.resolve("toyworld-" + Sha256.hex(index).substring(0, 16));
    try {
      if (isWhole(folder, checksums)) {
        return folder;
      }
      Files.createDirectories(cache);
      Path next = Files.createTempDirectory(cache, "toyworld-");
      try {
        unpack(checksums, next);
        Folders.replace(folder, next);
      } catch (IOException e) {
        // Another process may have unpacked it meanwhile.
        if (!isWhole(folder, checksums)) {
          throw e;
        }
      } finally {
        Folders.delete(next);
      }
      return folder;
    } catch (IOException e) {
      throw new StorageException(
          folder,
          "the checkpoint cannot be unpacked here ("
              + e
              + "). Free some space, or name another folder in IAA_CACHE.",
          e);
    }
  }

  private static Path cache() {
    String named = System.getProperty("iaa.cache", System.getenv("IAA_CACHE"));
    return named == null || named.isBlank()
        ? Path.of(System.getProperty("user.home"), ".cache", "iaa4j")
        : Path.of(named);
  }

  private static boolean isWhole(Path folder, Map<String, String> checksums) throws IOException {
    for (Map.Entry<String, String> file : checksums.entrySet()) {
      Path path = folder.resolve(file.getKey());
      if (!Files.isRegularFile(path)
          || !Sha256.hex(Files.readAllBytes(path)).equals(file.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static void unpack(Map<String, String> checksums, Path folder) throws IOException {
    for (Map.Entry<String, String> file : checksums.entrySet()) {
      byte[] bytes = resource(file.getKey());
      if (!Sha256.hex(bytes).equals(file.getValue())) {
        throw broken(file.getKey(), "its checksum is not the one in " + INDEX);
      }
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, bytes);
    }
  }

  private static Map<String, String> checksums(byte[] index) {
    Map<String, String> checksums = new LinkedHashMap<>();
    for (String line : new String(index, StandardCharsets.UTF_8).lines().toList()) {
      String[] parts = line.split("\\s+\\*?", 2);
      if (parts.length != 2 || !parts[0].matches("[0-9a-f]{64}") || parts[1].contains("..")) {
        throw broken(INDEX, "a line is not a checksum and a path: " + line);
      }
      checksums.put(parts[1].startsWith("./") ? parts[1].substring(2) : parts[1], parts[0]);
    }
    return checksums;
  }

  private static byte[] resource(String name) {
    try (@Nullable InputStream in =
        ToyWorldCheckpoint.class.getResourceAsStream(RESOURCES + name)) {
      if (in == null) {
        throw broken(name, "it is missing");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // A jar on the class path that cannot be read.
    }
  }

  private static ModelException broken(String file, String problem) {
    return new ModelException(
        Path.of(RESOURCES + file),
        null,
        problem
            + ". The checkpoint is part of the jar iaa-toyworld: take the jar of a release, or"
            + " name a model of your own.",
        null);
  }
}
