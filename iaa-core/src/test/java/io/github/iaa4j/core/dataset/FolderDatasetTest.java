package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.ConfigurationException;
import io.github.iaa4j.core.DatasetException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FolderDatasetTest {

  @TempDir private Path root;

  // A folder for each class

  @Test
  void labelsEachImageWithItsFolder() {
    image("dog/2.jpg");
    image("cat/1.png");
    image("dog/old/1.JPEG");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("cat", "dog");
    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(
            tuple("cat/1", List.of("cat")),
            tuple("dog/2", List.of("dog")),
            tuple("dog/old/1", List.of("dog")));
    assertThat(dataset.classCounts()).containsExactly(1, 2);
  }

  @Test
  void theSamePictureInTwoFoldersIsTwoImages() {
    image("cat/1.jpg");
    image("dog/1.jpg");

    assertThat(FolderDataset.open(root).images()).hasSize(2);
  }

  @Test
  void leavesOtherFilesAlone() {
    image("cat/1.jpg");
    image("loose.jpg");
    image(".cache/1.jpg");
    image("cat/.thumbs/1.jpg");
    ImageFiles.write(root.resolve("cat/notes.txt"), "nine lives");

    assertThat(FolderDataset.open(root).images())
        .extracting(LabeledImage::id)
        .containsExactly("cat/1");
  }

  @Test
  void readsPixelsOnDemandAndHasNoMasks() {
    image("cat/1.jpg");

    LabeledImage image = FolderDataset.open(root).images().get(0);

    assertThat(image.image().width()).isEqualTo(4);
    assertThat(image.mask()).isEmpty();
    assertThat(image.generated()).isFalse();
  }

  @Test
  void takesTheOrderOfTheClassesFromTheCaller() {
    image("cat/1.jpg");

    FolderDataset dataset = FolderDataset.open(root, List.of("dog", "cat"));

    assertThat(dataset.classNames()).containsExactly("dog", "cat");
    assertThat(dataset.classCounts()).containsExactly(0, 1);
  }

  @Test
  void refusesAFolderThatIsNoneOfTheClasses() {
    image("cat/1.jpg");

    assertThatThrownBy(() -> FolderDataset.open(root, List.of("dog")))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("has the label \"cat\", which is none of the classes [dog]");
  }

  @Test
  void refusesTwoImagesThatDifferInTheExtensionAlone() {
    image("cat/1.jpg");
    image("cat/1.png");

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("same name up to the extension");
  }

  @Test
  void refusesAnEmptyFolder() {
    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("has 0 classes");
    assertThatThrownBy(() -> FolderDataset.open(root, List.of("cat")))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("has no images");
  }

  @Test
  void saysThatTheFolderIsMissing() {
    assertThatThrownBy(() -> FolderDataset.open(root.resolve("gone")))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("there is no such folder");
  }

  @Test
  void refusesClassNamesThatRepeat() {
    assertThatThrownBy(() -> FolderDataset.open(root, List.of("cat", "cat")))
        .isInstanceOf(ConfigurationException.class);
  }

  // metadata.jsonl

  @Test
  void readsAListWithSeveralLabelsAnImage() {
    image("b.jpg");
    image("sub/a.jpg");
    list(
        "{\"file_name\": \"sub/a.jpg\", \"labels\": [\"dog\", \"cat\"], \"text\": \"two\"}",
        "",
        "{\"file_name\": \"b.jpg\", \"labels\": []}");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("cat", "dog");
    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(tuple("sub/a", List.of("cat", "dog")), tuple("b", List.of()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "not json | line 2 | is no JSON",
        "{\"file_name\": \"a.jpg\" | line 2 | is no JSON",
        "[1] | line 2 | must be one JSON object",
        "{\"labels\": []} {\"labels\": []} | line 2 | is no JSON",
        "{\"labels\": []} | line 2, file_name | must be a path inside the folder",
        "{\"file_name\": 7, \"labels\": []} | line 2, file_name | must be a path inside",
        "{\"file_name\": \"../a.jpg\", \"labels\": []} | line 2, file_name | must be a path inside",
        "{\"file_name\": \"/a.jpg\", \"labels\": []} | line 2, file_name | must be a path inside",
        "{\"file_name\": \"b.jpg\"} | line 2, labels | must be a list of class names",
        "{\"file_name\": \"b.jpg\", \"labels\": [1]} | line 2, labels | must be a list",
        "{\"file_name\": \"a.jpg\", \"labels\": []} | line 2, file_name | was listed before",
      })
  void refusesAMalformedLine(String line, String field, String message) {
    image("a.jpg");
    image("b.jpg");
    list("{\"file_name\": \"a.jpg\", \"labels\": [\"cat\"]}", line);

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOfSatisfying(DatasetException.class, e -> assertThat(e.field()).isEqualTo(field))
        .hasMessageContaining("metadata.jsonl")
        .hasMessageContaining(message);
  }

  @Test
  void refusesAMissingImage() {
    list("{\"file_name\": \"a.jpg\", \"labels\": [\"cat\"]}");

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("a.jpg: there is no such file")
        .hasMessageContaining("metadata.jsonl lists it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cow", "Cat"})
  void refusesALabelThatIsNoneOfTheClasses(String label) {
    image("a.jpg");
    list("{\"file_name\": \"a.jpg\", \"labels\": [\"" + label + "\"]}");

    assertThatThrownBy(() -> FolderDataset.open(root, List.of("cat", "dog")))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("has the label \"" + label + "\"");
  }

  private void image(String name) {
    Path file = root.resolve(name);
    String format = name.endsWith(".png") ? "png" : "jpeg";
    ImageFiles.write(file, ImageFiles.encode(ImageFiles.picture(4, 3), format));
  }

  private void list(String... lines) {
    ImageFiles.write(root.resolve("metadata.jsonl"), String.join("\n", lines) + "\n");
  }
}
