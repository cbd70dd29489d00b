package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {

  @TempDir Path folder;

  /** What another process does: locks a folder, or says why it could not. */
  static final class Other {

    private Other() {}

    public static void main(String[] arguments) {
      try (FolderLock lock = FolderLock.acquire(Path.of(arguments[0]))) {
        System.out.println(lock == null ? "" : "locked");
      } catch (StorageException e) {
        System.out.println(e.getMessage());
      }
    }
  }

  private String otherProcess() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Other.class.getName(),
                folder.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  private void assertLockedHere(Path path) {
    assertThatThrownBy(() -> FolderLock.acquire(path))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining(path + ": another thread or agent of this process is working");
  }

  @Test
  void anAttemptInTheSameProcessDoesNotReleaseTheLock() throws IOException {
    FolderLock lock = FolderLock.acquire(folder);

    assertLockedHere(folder);

    assertThat(otherProcess()).contains("another process is working on this run");
    lock.close();
    assertThat(otherProcess()).isEqualToIgnoringNewLines("locked");
  }

  @Test
  void aFolderIsLockedByWhateverPathItIsReached() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("run"));
    Files.createDirectory(folder.resolve("run"));
    FolderLock lock = FolderLock.acquire(folder.resolve("run"));

    assertLockedHere(link);

    lock.close();
    FolderLock.acquire(link).close();
  }

  @Test
  void aFolderThatCouldNotBeLockedCanBeLockedLater() throws IOException {
    Path file = Files.createDirectory(folder.resolve(".lock"));
    assertThatThrownBy(() -> FolderLock.acquire(folder)).isInstanceOf(StorageException.class);

    Files.delete(file);

    FolderLock.acquire(folder).close();
  }
}
