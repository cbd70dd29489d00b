package io.github.iaa4j.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.StorageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

  record Parts(@Nullable String name, @Nullable Double mean, List<Double> iou) {

    Parts {
      if (iou.isEmpty()) {
        throw new IllegalArgumentException("there are no figures");
      }
    }
  }

  @Test
  void leavesOutAFieldThatIsNull() throws IOException {
    Path file = folder.resolve("parts.json");

    JsonFiles.write(file, new Parts(null, null, List.of(0.5)));

    assertThat(file).hasContent("{\n  \"iou\": [\n    0.5\n  ]\n}\n");
    assertThat(JsonFiles.read(file, Parts.class)).isEqualTo(new Parts(null, null, List.of(0.5)));
  }

  @Test
  void saysWhyARecordRefusesItsValues() throws IOException {
    Path file = Files.writeString(folder.resolve("parts.json"), "{\"iou\": []}");

    assertThatThrownBy(() -> JsonFiles.read(file, Parts.class))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("parts.json")
        .hasMessageContaining("there are no figures");
  }

  @Test
  void aListThatIsNotThereIsEmpty() throws IOException {
    Path file = folder.resolve("names.json");
    assertThat(JsonFiles.readList(file, String[].class)).isEmpty();

    Files.writeString(file, "[\"cat\"]");
    assertThat(JsonFiles.readList(file, String[].class)).containsExactly("cat");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "null", "[null]", "{}", "["})
  void aListThatIsDamagedIsNamed(String text) throws IOException {
    Path file = Files.writeString(folder.resolve("names.json"), text);

    assertThatThrownBy(() -> JsonFiles.readList(file, String[].class))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("names.json");
  }

  @Test
  void namesAFileThatIsDamaged() throws IOException {
    Path file = Files.writeString(folder.resolve("figures.json"), "{\"name\": ");

    assertThatThrownBy(() -> JsonFiles.read(file, Figures.class))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("figures.json");
  }
}
