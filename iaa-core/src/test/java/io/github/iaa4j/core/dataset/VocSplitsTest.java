package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.VocFolder.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which images a split of a VOC folder has, and the files that their ids name. */
class VocSplitsTest {

  private final Path root;
  private final VocFolder voc;

  VocSplitsTest(@TempDir Path root) {
    this.root = root;
    this.voc = new VocFolder(root);
  }

  @ParameterizedTest
  @ValueSource(strings = {"JPG", "jpeg", "png", "JPEG"})
  void findsImagesOfOtherExtensions(String extension) {
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a\n");
    ImageFiles.write(
        root.resolve("JPEGImages/a." + extension),
        ImageFiles.encode(ImageFiles.picture(4, 3), extension.equals("png") ? "png" : "jpeg"));
    voc.annotation("a", "cat");

    VocDataset dataset = VocDataset.open(root, "train", List.of("cat"));

    assertThat(only(dataset).image().width()).isEqualTo(4);
    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject)
        .containsExactly(tuple(Kind.OTHER_EXTENSION, "." + extension));
  }

  @ParameterizedTest
  @ValueSource(strings = {"photo (1)", "a.b", "DJI_0001 copy", "\u56fe 1", "100%#1", "img 1"})
  void readsIdsOfAllKinds(String id) {
    voc.split("train", id);
    voc.annotation(id, "cat");

    assertThat(only(VocDataset.open(root, "train")).id()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"photo (1)", "img 1"})
  void readsIdsWithSpacesInClassLists(String id) {
    voc.split("train", id);
    voc.classList("cat_train", id + "  1");
    voc.classList("dog_train", id + " -1");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("cat");
  }

  @Test
  void takesALineThatNamesTheFileForItsId() {
    voc.split("train", "a");
    voc.annotation("a", "cat");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a.jpg\n");

    assertThat(only(VocDataset.open(root, "train")).id()).isEqualTo("a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a.gif | there is a.gif; read are JPEG",
        "A.jpg | there is A.jpg; write its name as it is",
        "b.jpg | copy the image",
      })
  void namesTheFileThatIsThereInPlaceOfAMissingImage(String there, String message) {
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a\n");
    ImageFiles.write(root.resolve("JPEGImages/" + there), "x");
    voc.annotation("a", "cat");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("a.jpg: there is no such file")
        .hasMessageContaining(message);
  }

  @Test
  void namesTheSplitsThatThereAre() {
    voc.split("train", "a");
    voc.split("val", "a");

    assertThatThrownBy(() -> VocDataset.open(root, "test"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("such as train, val");
  }

  @Test
  void keepsTheOrderOfTheListAndItsBlankLinesCount() throws IOException {
    voc.split("train", "b", "", "a");
    voc.annotation("a", "dog");
    voc.annotation("b", "cat");

    assertThat(VocDataset.open(root, "train").images())
        .extracting(LabeledImage::id)
        .containsExactly("b", "a");
  }

  @Test
  void readsListsFromWindows() {
    voc.split("train", "a");
    voc.annotation("a", "dog");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "\uFEFFa\r\n");

    assertThat(only(VocDataset.open(root, "train")).id()).isEqualTo("a");
  }

  @Test
  void readsTheListInMainWhereThereIsNoOther() {
    voc.split("train", "a");
    voc.annotation("a", "dog");
    ImageFiles.write(root.resolve("ImageSets/Main/person_ids.txt"), "a\n");

    assertThat(only(VocDataset.open(root, "person_ids")).id()).isEqualTo("a");
  }

  @Test
  void refusesASplitThatIsNotThere() {
    voc.split("train", "a");

    assertThatThrownBy(() -> VocDataset.open(root, "tarin"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("there is no split \"tarin\"");
  }

  @Test
  void saysWhichFolderIsWanted() {
    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("no folder JPEGImages")
        .hasMessageContaining("VOCdevkit/VOC2012");
  }

  @Test
  void refusesAnEmptySplit() {
    voc.split("train", "a");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "\n\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("lists no image");
  }

  @Test
  void refusesAnIdThatIsListedTwice() {
    voc.split("train", "a", "b", "a");
    voc.annotation("a", "dog");
    voc.annotation("b", "dog");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("line 3"))
        .hasMessageContaining("the id a was listed before");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../../secret",
        "..",
        "/etc/passwd",
        "C:\\photos\\a",
        "a 1",
        "/JPEGImages/a.jpg /SegmentationClassAug/a.png",
        "a\u0000b"
      })
  void refusesAnIdThatIsNoFileName(String id) {
    voc.split("train", "a");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a\n" + id + "\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("line 2"))
        .hasMessageContaining("is not an image id");
  }

  @Test
  void refusesAMissingImage() throws IOException {
    voc.split("train", "a");
    voc.annotation("a", "dog");
    Files.delete(root.resolve("JPEGImages/a.jpg"));

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageStartingWith(root.resolve("JPEGImages/a.jpg") + ": there is no such file")
        .hasMessageContaining("train.txt lists it");
  }

  @Test
  void refusesAListThatIsNoText() {
    voc.split("train", "a");
    ImageFiles.write(
        root.resolve("ImageSets/Segmentation/train.txt"), new byte[] {'a', (byte) 0xff, '\n'});

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is not UTF-8 text");
  }
}
