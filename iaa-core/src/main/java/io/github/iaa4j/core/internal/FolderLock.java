package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a run's folder: whoever holds it is the only process, and in it the only thread, that
 * works on the run. It is released when it is closed, or when its process ends in whatever way.
 */
public final class FolderLock implements AutoCloseable {

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Locks a folder by the file {@code .lock} in it; creates both where they do not exist.
   *
   * @throws StorageException if it is locked already or cannot be written
   */
  public static FolderLock acquire(Path folder) {
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      boolean isLocked = false;
      try {
        isLocked = channel.tryLock() != null;
      } catch (OverlappingFileLockException e) {
        throw busy(folder, e);
      } finally {
        if (!isLocked) {
          channel.close();
        }
      }
      if (!isLocked) {
        throw busy(folder, null);
      }
      return new FolderLock(folder, channel);
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    }
  }

  private static StorageException busy(Path folder, @Nullable Exception cause) {
    return new StorageException(
        folder,
        "another process is working on this run. Wait for it, or use another folder.",
        cause);
  }

  /** Whether it is not closed yet. An interrupt does not close it. */
  public boolean isHeld() {
    return channel.isOpen();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    }
  }
}
