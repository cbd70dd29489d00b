package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonFilesTest {

  record Figures(String name, List<Double> iou, double mean) {}

  @TempDir Path folder;

  @Test
  void readsBackWhatItWrote() {
    Path file = folder.resolve("new/figures.json");
    Figures figures = new Figures("<b> & é", List.of(0.25, 1.0), 0.625);

    JsonFiles.write(file, figures);

    assertThat(JsonFiles.read(file, Figures.class)).isEqualTo(figures);
  }

  @Test
  void writesNullForAFigureThatDoesNotExist() throws IOException {
    Path file = folder.resolve("figures.json");

    JsonFiles.write(file, new Figures("cat", List.of(Double.NaN, 0.5), Double.NaN));

    assertThat(Files.readString(file)).doesNotContain("NaN").contains("\"mean\": null");
    assertThat(JsonFiles.read(file, Figures.class).iou()).containsExactly(Double.NaN, 0.5);
  }

  @Test
  void namesAFileThatIsDamaged() throws IOException {
    Path file = Files.writeString(folder.resolve("figures.json"), "{\"name\": ");

    assertThatThrownBy(() -> JsonFiles.read(file, Figures.class))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("figures.json");
  }
}
