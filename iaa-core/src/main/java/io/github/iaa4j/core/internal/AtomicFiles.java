package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.StorageException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

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
    write(file, out -> out.write(bytes), true);
  }

  /**
   * As {@link #write(Path, byte[])}, for a file that need not be in memory as a whole.
   *
   * @throws StorageException if that fails; an earlier file of this name is then still intact
   */
  public static void write(Path file, Content content) {
    write(file, content, true);
  }

  /**
   * As {@link #write(Path, byte[])}, without forcing the file to the disk: for files by the
   * thousand that can be made again. It is whole whenever the process dies, but not when the
   * machine does.
   *
   * @throws StorageException if that fails; an earlier file of this name is then still intact
   */
  public static void writeUnforced(Path file, byte[] bytes) {
    write(file, out -> out.write(bytes), false);
  }

  private static void write(Path file, Content content, boolean forced) {
    Path temporary = file.resolveSibling("." + file.getFileName() + ".tmp");
    try {
      Path parent = file.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      // No channel: an interrupt would close it, and look like a disk that fails.
      try (FileOutputStream out = new FileOutputStream(temporary.toFile())) {
        content.writeTo(out);
        if (forced) {
          out.getFD().sync();
        }
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      try {
        Files.deleteIfExists(temporary);
      } catch (IOException left) {
        e.addSuppressed(left);
      }
      throw failure(file, e);
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
