package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFilesTest {

  private static final byte[] NEW = "new".getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  @Test
  void aFileIsWrittenWithItsParentFolders() {
    Path file = folder.resolve("a/b/c.txt");

    AtomicFiles.write(file, NEW);

    assertThat(file).hasContent("new");
    assertThat(file.getParent()).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void aFileIsReplaced() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");

    AtomicFiles.writeUnforced(file, NEW);

    assertThat(file).hasContent("new");
  }

  @Test
  void whatAKilledProcessLeftOfAFileIsOverwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "old");
    // Killed between the write and the rename.
    Files.writeString(folder.resolve(".a.txt.tmp"), "ne");

    assertThat(file).hasContent("old");
    AtomicFiles.write(file, NEW);

    assertThat(file).hasContent("new");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  @Test
  void aFileThatCannotBeReplacedIsNamedAndNothingIsLeftBeside() throws IOException {
    Path taken = Files.createDirectories(folder.resolve("taken/by a folder")).getParent();

    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> AtomicFiles.write(taken, NEW))
        .satisfies(e -> assertThat(e.file()).isEqualTo(taken))
        .withMessageContaining("what was written before is intact");

    assertThat(taken.resolve("by a folder")).exists();
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }

  /** A device that is always full stands for the disk. */
  @Test
  void onAFullDiskFilesThatBelongTogetherAllStayAsTheyWere() throws IOException {
    Path first = Files.writeString(folder.resolve("first.txt"), "old");
    Path second = Files.writeString(folder.resolve("second.txt"), "old");
    Files.createSymbolicLink(folder.resolve(".second.txt.tmp"), Path.of("/dev/full"));
    Map<Path, byte[]> files = new LinkedHashMap<>();
    files.put(first, NEW);
    files.put(second, NEW);

    assertThatExceptionOfType(StorageException.class)
        .isThrownBy(() -> AtomicFiles.writeTogether(files))
        .satisfies(e -> assertThat(e.file()).isEqualTo(second))
        .withMessageContaining("No space left on device")
        .withMessageContaining("Check the free space");
    assertThat(first).hasContent("old");
    assertThat(second).hasContent("old");
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");

    AtomicFiles.writeTogether(files);

    assertThat(first).hasContent("new");
    assertThat(second).hasContent("new");
  }

  @Test
  void anInterruptedThreadWritesAllTheSame() {
    Path file = folder.resolve("a.txt");
    Thread.currentThread().interrupt();

    AtomicFiles.write(file, NEW);

    assertThat(Thread.interrupted()).isTrue();
    assertThat(file).hasContent("new");
  }

  @Test
  void missingPermissionsAreNotReportedAsAFullDisk() {
    Path file = folder.resolve("a.txt");

    assertThat(AtomicFiles.failure(file, new AccessDeniedException(file.toString())))
        .hasMessage(file + ": access is denied. Check the permissions of the folder.");
  }
}
