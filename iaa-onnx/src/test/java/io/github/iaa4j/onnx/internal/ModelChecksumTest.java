package io.github.iaa4j.onnx.internal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ModelChecksumTest {

  private static final List<String> PARTS = List.of("index.json", "network");

  @TempDir private Path temporary;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = temporary.resolve("model");
    Models.write(model.resolve("network"));
    Files.writeString(model.resolve("index.json"), "{}");
  }

  @Test
  void changesWithAFileOfAPart() throws IOException {
    String before = ModelChecksum.of(model, PARTS, List.of());

    Files.writeString(model.resolve("network/more"), "");

    assertThat(ModelChecksum.of(model, PARTS, List.of())).isNotEqualTo(before);
  }

  @Test
  void ignoresFilesOutsideTheParts() throws IOException {
    String before = ModelChecksum.of(model, PARTS, List.of());

    Files.writeString(model.resolve("README.md"), "read me");

    assertThat(ModelChecksum.of(model, PARTS, List.of())).isEqualTo(before);
  }

  @Test
  void dependsOnTheOrderOfOtherFolders() throws IOException {
    Path first = Files.createDirectory(temporary.resolve("first"));
    Path second = Files.createDirectory(temporary.resolve("second"));
    Files.writeString(first.resolve("weights"), "1");
    Files.writeString(second.resolve("weights"), "2");

    assertThat(ModelChecksum.of(model, PARTS, List.of(first, second)))
        .isNotEqualTo(ModelChecksum.of(model, PARTS, List.of(second, first)));
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "links need rights there")
  void readsFoldersThatAreLinks() throws IOException {
    String before = ModelChecksum.of(model, PARTS, List.of());

    Files.move(model.resolve("network"), temporary.resolve("elsewhere"));
    Files.createSymbolicLink(model.resolve("network"), temporary.resolve("elsewhere"));

    assertThat(ModelChecksum.of(model, PARTS, List.of())).isEqualTo(before);
  }
}
