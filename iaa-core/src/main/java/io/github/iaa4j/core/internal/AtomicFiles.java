package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.StorageException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Writes files that are there whole or not at all, whenever the process dies. */
public final class AtomicFiles {

  /** What a file is to hold, for files that are better written piece by piece. */
  public interface Content {

    /**
     * Writes all of it.
     *
     * @param out not buffered; closed by the caller
     */
    void writeTo(OutputStream out) throws IOException;
  }

  private AtomicFiles() {}

  /**
   * Writes a file under a temporary name beside it, forces it to the disk and renames it. Missing
   * parent folders are created.
   *
   * @throws StorageException if that fails; an earlier file of this name is then still intact
   */
  public static void write(Path file, byte[] bytes) {
    write(Map.of(file, out -> out.write(bytes)), true);
  }

  /**
   * As {@link #write(Path, byte[])}, for a file that need not be in memory as a whole.
   *
   * @throws StorageException if that fails; an earlier file of this name is then still intact
   */
  public static void write(Path file, Content content) {
    write(Map.of(file, content), true);
  }

  /**
   * As {@link #write(Path, byte[])}, without forcing the file to the disk: for files by the
   * thousand that can be made again. It is whole whenever the process dies, but not when the
   * machine does.
   *
   * @throws StorageException if that fails; an earlier file of this name is then still intact
   */
  public static void writeUnforced(Path file, byte[] bytes) {
    write(Map.of(file, out -> out.write(bytes)), false);
  }

  /**
   * Writes files that belong together, each as {@link #write} does. All of them are on the disk
   * under their temporary names before the first is renamed, so that a full disk leaves the earlier
   * files as they were. The last one vouches for the others: an earlier one is deleted before the
   * first is renamed, so that a process that dies in between leaves none.
   *
   * @param files and their bytes, in the order in which they are renamed
   * @throws StorageException if that fails
   */
  public static void writeTogether(Map<Path, byte[]> files) {
    Map<Path, Content> contents = new LinkedHashMap<>();
    files.forEach((file, bytes) -> contents.put(file, out -> out.write(bytes)));
    write(contents, true);
  }

  private static void write(Map<Path, Content> files, boolean forced) {
    Path at = null;
    try {
      for (Map.Entry<Path, Content> file : files.entrySet()) {
        at = file.getKey();
        writeTemporary(at, file.getValue(), forced);
      }
      if (files.size() > 1) { // The last one vouches for the others.
        Files.deleteIfExists(Objects.requireNonNull(at));
      }
      for (Path file : files.keySet()) {
        at = file;
        Files.move(
            temporary(file),
            file,
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException e) {
      for (Path file : files.keySet()) {
        try {
          Files.deleteIfExists(temporary(file));
        } catch (IOException left) {
          e.addSuppressed(left);
        }
      }
      throw failure(Objects.requireNonNull(at), e);
    }
  }

  private static Path temporary(Path file) {
    return file.resolveSibling("." + file.getFileName() + ".tmp");
  }

  private static void writeTemporary(Path file, Content content, boolean forced)
      throws IOException {
    Path parent = file.toAbsolutePath().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    // No channel: an interrupt would close it, and look like a disk that fails.
    try (FileOutputStream out = new FileOutputStream(temporary(file).toFile())) {
      content.writeTo(out);
      if (forced) {
        out.getFD().sync();
      }
    }
  }

  /** What a failed read or write of a file means to the person who must act. */
  public static StorageException failure(Path file, IOException e) {
    String problem =
        e instanceof AccessDeniedException
            ? "access is denied. Check the permissions of the folder."
            : "it cannot be read or written ("
                + e
                + "). Check the free space and the permissions; what was written before is intact,"
                + " so the same command can be run again.";
    return new StorageException(file, problem, e);
  }
}
