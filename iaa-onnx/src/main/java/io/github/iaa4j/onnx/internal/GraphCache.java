package io.github.iaa4j.onnx.internal;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import io.github.iaa4j.core.error.StorageException;
import io.github.iaa4j.core.internal.Folders;
import io.github.iaa4j.core.internal.Sha256;
import io.github.iaa4j.onnx.Device;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import java.util.zip.CheckedInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Graphs as ONNX Runtime has optimised them, kept in a folder, so that the next load need not do it
 * again.
 *
 * <p>An optimised graph fits one file of a model, one ONNX Runtime, one device and one kind of
 * processor, because its weights are laid out for that. All of these are in the name under which it
 * is kept, by their SHA-256. A kept graph is checked before it is used, and created again if it is
 * damaged. Processes may share the folder.
 */
final class GraphCache {

  private static final Logger log = LoggerFactory.getLogger(GraphCache.class);

  private static final String FORMAT =
      "iaa4j graph 1, one thread, deterministic, all optimisations";
  private static final String GRAPH = "model.onnx";
  private static final String WEIGHTS = "weights";
  private static final String INDEX = "files.txt";
  private static final Pattern TRAITS =
      Pattern.compile("(vendor_id|cpu family|model|stepping|flags|Features|CPU .*)\\s*:");
  private static final String EXTERNAL = "session.optimized_model_external_initializers_";

  private final Path folder;
  private final Device device;

  /**
   * @param folder made if it is not there
   * @param device one that has an identity
   */
  GraphCache(Path folder, Device device) {
    this.folder = folder;
    this.device = device;
  }

  /**
   * A session of an ONNX file.
   *
   * @throws StorageException if the folder cannot be written
   */
  OrtSession session(OrtEnvironment environment, Path file) throws OrtException {
    Path kept = folder.resolve(key(environment, file));
    if (Files.exists(kept)) {
      try (SessionOptions options = Graph.options(device)) {
        if (isWhole(kept)) {
          options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
          return environment.createSession(kept.resolve(GRAPH).toString(), options);
        }
        log.warn("{} is damaged: {} is optimised again", kept, file);
      } catch (OrtException e) {
        log.warn("{} cannot be loaded: {} is optimised again", kept, file, e);
      }
    }
    try {
      return optimise(environment, file, kept);
    } catch (IOException e) {
      throw new StorageException(
          folder,
          "optimised graphs cannot be kept here ("
              + e
              + "). Free some space, or name another folder for the graph cache.",
          e);
    }
  }

  private OrtSession optimise(OrtEnvironment environment, Path file, Path kept)
      throws OrtException, IOException {
    Files.createDirectories(folder);
    Path next = Files.createTempDirectory(folder, "next-");
    try {
      OrtSession session;
      try {
        session = writing(environment, file, next);
      } catch (OrtException e) {
        // The disk may be full. If it is the model, loading it fails again.
        try (SessionOptions options = Graph.options(device)) {
          session = environment.createSession(file.toString(), options);
        }
        log.warn("{} is not kept in {}: {}", file, folder, e.getMessage());
        return session;
      }
      try {
        Files.write(next.resolve(INDEX), index(next));
        Folders.replace(kept, next);
      } catch (IOException e) {
        // Another process may have been faster, which is as good.
        if (!isWhole(kept)) {
          session.close();
          throw e;
        }
      }
      return session;
    } finally {
      delete(next);
    }
  }

  private OrtSession writing(OrtEnvironment environment, Path file, Path next) throws OrtException {
    try (SessionOptions options = Graph.options(device)) {
      options.setOptimizedModelFilePath(next.resolve(GRAPH).toString());
      // Beside the graph, because a graph file ends at 2 GB.
      options.addConfigEntry(EXTERNAL + "file_name", WEIGHTS);
      options.addConfigEntry(EXTERNAL + "min_size_in_bytes", "1024");
      // It warns that the file fits this kind of processor only, which the key takes care of.
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR);
      return environment.createSession(file.toString(), options);
    }
  }

  /** A line for each file but the index: its name, CRC-32C and length. */
  private static List<String> index(Path kept) throws IOException {
    List<String> lines = new ArrayList<>();
    for (Path file : files(kept)) {
      String name = String.valueOf(file.getFileName());
      if (!name.equals(INDEX)) {
        // Against damage, not against people; and several times as fast as a SHA-256.
        CRC32C checksum = new CRC32C();
        try (InputStream in = new CheckedInputStream(Files.newInputStream(file), checksum)) {
          long length = in.transferTo(OutputStream.nullOutputStream());
          lines.add(String.format(Locale.ROOT, "%s %08x %d", name, checksum.getValue(), length));
        }
      }
    }
    return lines;
  }

  private static boolean isWhole(Path kept) {
    try {
      return Files.readAllLines(kept.resolve(INDEX)).equals(index(kept));
    } catch (IOException e) {
      return false;
    }
  }

  private static List<Path> files(Path folder) {
    File[] files = folder.toFile().listFiles();
    return files == null ? List.of() : Arrays.stream(files).sorted().map(File::toPath).toList();
  }

  private static void delete(Path folder) {
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      log.warn("{} cannot be deleted", folder, e);
    }
  }

  private String key(OrtEnvironment environment, Path file) {
    MessageDigest digest = Sha256.digest();
    String name = String.valueOf(file.getFileName());
    for (String part :
        List.of(FORMAT, environment.getVersion(), device.identity() + "", processor(), name)) {
      digest.update(part.getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    // Weights may lie in files beside the graph, and only the graph knows their names.
    ModelChecksum.update(digest, ModelChecksum.files(file.resolveSibling(""), List.of("")));
    return Sha256.hex(digest);
  }

  /** The kind of processor: its model and what it can do, as far as the system reports. */
  private static String processor() {
    TreeSet<String> traits = new TreeSet<>();
    traits.add(System.getProperty("os.name") + " " + System.getProperty("os.arch"));
    traits.add("PROCESSOR_IDENTIFIER=" + System.getenv("PROCESSOR_IDENTIFIER"));
    try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
      lines.filter(line -> TRAITS.matcher(line).lookingAt()).forEach(traits::add);
    } catch (IOException | UncheckedIOException e) {
      // Not a Linux: the other lines have to do.
      log.debug("no /proc/cpuinfo", e);
    }
    return String.join("\n", traits);
  }
}
