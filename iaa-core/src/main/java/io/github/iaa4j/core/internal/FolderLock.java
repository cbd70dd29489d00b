package io.github.iaa4j.core.internal;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The lock of a folder, such as a run's: whoever holds it is the only process, and in it the only
 * thread, that works on what is in it. It is released when it is closed, or when its process ends
 * in whatever way.
 */
public final class FolderLock implements AutoCloseable {

  /**
   * The folders that this process has locked, by their real paths. Asked before a lock file is
   * opened: POSIX releases a process's lock as soon as the process closes any channel to the file.
   */
  private static final Set<Path> LOCKED_HERE = ConcurrentHashMap.newKeySet();

  private final Path folder;
  private final FileChannel channel;

  private FolderLock(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Locks the folder of a run.
   *
   * @throws StorageException if it is locked already or cannot be written
   */
  public static FolderLock acquire(Path folder) {
    return acquire(folder, "run");
  }

  /**
   * Locks a folder by the file {@code .lock} in it; creates both where they do not exist.
   *
   * @param what is in the folder, for the message
   * @throws StorageException if it is locked already or cannot be written
   */
  public static FolderLock acquire(Path folder, String what) {
    try {
      Files.createDirectories(folder);
      Path real = folder.toRealPath();
      if (!LOCKED_HERE.add(real)) {
        throw busy(folder, "another thread or agent of this process", what);
      }
      FileChannel channel = null;
      try {
        channel = lockedChannel(real);
      } finally {
        if (channel == null) {
          LOCKED_HERE.remove(real);
        }
      }
      if (channel == null) {
        throw busy(folder, "another process", what);
      }
      return new FolderLock(real, channel);
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    }
  }

  /** A channel that holds the lock; null if another process does. */
  private static @Nullable FileChannel lockedChannel(Path folder) throws IOException {
    FileChannel channel =
        FileChannel.open(
            folder.resolve(".lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    boolean isLocked = false;
    try {
      isLocked = channel.tryLock() != null;
    } finally {
      if (!isLocked) {
        channel.close();
      }
    }
    return isLocked ? channel : null;
  }

  private static StorageException busy(Path folder, String who, String what) {
    return new StorageException(
        folder,
        who + " is working on this " + what + ". Wait for it, or use another folder.",
        null);
  }

  /** Must be called once. An interrupt does not release the lock. */
  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw AtomicFiles.failure(folder, e);
    } finally {
      LOCKED_HERE.remove(folder);
    }
  }
}
