package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {

  @TempDir Path folder;

  @Test
  void aFolderIsDeletedWithAllThatIsInIt() throws IOException {
    Path doomed = folder.resolve("doomed");
    Files.createDirectories(doomed.resolve("a/b"));
    Files.writeString(doomed.resolve("a/b/c.txt"), "c");
    Files.writeString(doomed.resolve("d.txt"), "d");

    Folders.delete(doomed);

    assertThat(doomed).doesNotExist();
    assertThat(folder).exists();
  }

  @Test
  void whatALinkInTheFolderPointsToIsKept() throws IOException {
    Path kept = Files.createDirectory(folder.resolve("kept"));
    Files.writeString(kept.resolve("photo.txt"), "photo");
    Path doomed = Files.createDirectory(folder.resolve("doomed"));
    Files.createSymbolicLink(doomed.resolve("link"), kept);

    Folders.delete(doomed);

    assertThat(doomed).doesNotExist();
    assertThat(kept.resolve("photo.txt")).hasContent("photo");
  }

  @Test
  void deletingWhatDoesNotExistIsNoError() throws IOException {
    Folders.delete(folder.resolve("missing"));
  }

  @Test
  void aFolderTakesThePlaceOfAnother() throws IOException {
    Path old = Files.createDirectory(folder.resolve("data"));
    Files.writeString(old.resolve("old.txt"), "old");
    Path written = Files.createDirectory(folder.resolve("next"));
    Files.writeString(written.resolve("new.txt"), "new");

    Folders.replace(old, written);

    assertThat(old).isDirectoryContaining("glob:**new.txt");
    assertThat(old).isDirectoryNotContaining("glob:**old.txt");
    assertThat(written).doesNotExist();
  }

  @Test
  void aReplacementThatWasNeverWrittenIsAnError() {
    assertThatExceptionOfType(NoSuchFileException.class)
        .isThrownBy(() -> Folders.replace(folder.resolve("data"), folder.resolve("next")));
  }
}
