package io.github.iaa4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class DatasetSourceTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "voc:VOC2012:train",
        "coco:train2014:instances.json",
        "folder:photos",
        "voc:a:b:c"
      })
  void readsWhatItWrites(String text) {
    DatasetSource source = DatasetSource.parse(text);

    assertThat(DatasetSource.parse(source.toString())).isEqualTo(source);
  }

  @Test
  void writesWhereItIsWhateverFolderACommandIsCalledFrom() {
    assertThat(DatasetSource.parse("coco:train2014:../instances.json"))
        .hasToString(
            "coco:"
                + Path.of("train2014").toAbsolutePath()
                + ":"
                + Path.of("..").toAbsolutePath().normalize().resolve("instances.json"));
  }

  @Test
  void takesTheSplitTrainWhereNoneIsNamed() {
    assertThat(DatasetSource.parse("voc:VOC2012"))
        .isEqualTo(DatasetSource.parse("voc:VOC2012:train"));
  }

  @Test
  void prefersAFolderThatExistsWithAColonInItsName(@TempDir Path folder) {
    Path odd = folder.resolve("a:b");
    odd.toFile().mkdir();

    assertThat(DatasetSource.parse("voc:" + odd)).hasToString("voc:" + odd + ":train");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ":", "voc", "voc:", "coco:images", "coco:images:", "zip:x", "VOC:x"})
  void refusesEverythingElse(String text) {
    assertThatThrownBy(() -> DatasetSource.parse(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("voc:DIR:SPLIT");
  }
}
