package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.CocoFolder.CATEGORIES;
import static io.github.iaa4j.core.dataset.CocoFolder.IMAGES;
import static io.github.iaa4j.core.dataset.CocoFolder.annotation;
import static io.github.iaa4j.core.dataset.CocoFolder.notices;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The image files that a COCO file names. */
class CocoImagesTest {

  private final Path folder;
  private final CocoFolder coco;

  CocoImagesTest(@TempDir Path folder) {
    this.folder = folder;
    this.coco = new CocoFolder(folder);
  }

  @Test
  void keepsSubfoldersInTheId() {
    ImageFiles.jpeg(folder.resolve("images/val/c.v1.jpg"), 8, 6);

    CocoDataset dataset =
        coco.open("{'id':1,'file_name':'val/c.v1.jpg','width':8,'height':6}", "", CATEGORIES);

    assertThat(dataset.images().get(0).id()).isEqualTo("val/c.v1");
    assertThat(dataset.images().get(0).image().width()).isEqualTo(8);
  }

  @ParameterizedTest
  @ValueSource(strings = {"../a.jpg", "/etc/passwd", "x/../../a.jpg", "", "C:/a.jpg", "./a.jpg"})
  void refusesAFileNameThatLeavesTheFolder(String fileName) {
    coco.refuses("{'id':1,'file_name':'" + fileName + "','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("$.images[0].file_name")
        .hasMessageContaining("is not a path inside the image folder");
  }

  @Test
  void refusesAMissingImage() throws IOException {
    Files.delete(folder.resolve("images/b.jpg"));

    coco.refuses(IMAGES, "", CATEGORIES)
        .hasMessageStartingWith(folder.resolve("images/b.jpg") + ": there is no such file")
        .hasMessageContaining("instances.json lists it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.JPG", "a.jpeg", "a.png"})
  void readsAnImageThatHasAnotherExtensionThanListed(String there) throws IOException {
    Files.move(folder.resolve("images/a.jpg"), folder.resolve("images/" + there));
    CocoDataset dataset = coco.open(IMAGES, annotation(7, 18), CATEGORIES);

    assertThat(dataset.images().get(1).id()).isEqualTo("a");
    assertThat(dataset.images().get(1).image().width()).isEqualTo(8);
    assertThat(notices(dataset, Kind.OTHER_EXTENSION))
        .extracting(DatasetNotice::subject, DatasetNotice::examples)
        .containsExactly(tuple(there.substring(1), List.of(there)));
  }

  @Test
  void refusesToChooseBetweenTwoImagesInPlaceOfAMissingOne() throws IOException {
    Files.move(folder.resolve("images/a.jpg"), folder.resolve("images/a.jpeg"));
    ImageFiles.jpeg(folder.resolve("images/a.png"), 8, 6);

    coco.refuses(IMAGES, "", CATEGORIES).hasMessageContaining("but a.jpeg and a.png are");
  }

  @ParameterizedTest
  @CsvSource({"a.gif, there is a.gif; read are", "A.jpg, there is A.jpg; write its name as it is"})
  void saysWhatIsThereInPlaceOfAMissingImage(String there, String message) throws IOException {
    Files.move(folder.resolve("images/a.jpg"), folder.resolve("images/" + there));

    coco.refuses(IMAGES, "", CATEGORIES).hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"images/a.jpg", "images\\\\a.jpg"})
  void readsAFileNameThatBeginsWithTheImageFoldersName(String fileName) {
    String image = "{'id':7,'file_name':'" + fileName + "','width':8,'height':6}";
    CocoDataset dataset = coco.open(image, annotation(7, 18), CATEGORIES);

    assertThat(dataset.images().get(0).id()).isEqualTo("images/a");
    assertThat(dataset.images().get(0).image().width()).isEqualTo(8);
  }

  @Test
  void readsBackslashesBetweenFolders() {
    ImageFiles.jpeg(folder.resolve("images/val/c.jpg"), 8, 6);
    String image = "{'id':7,'file_name':'val\\\\c.jpg','width':8,'height':6}";

    assertThat(coco.open(image, annotation(7, 18), CATEGORIES).images().get(0).id())
        .isEqualTo("val/c");
  }

  @Test
  void saysThatTheImageFolderHoldsTheImageItself() {
    coco.refuses("{'id':7,'file_name':'train/a.jpg','width':8,'height':6}", "", CATEGORIES)
        .hasMessageContaining("images/train/a.jpg: there is no such file")
        .hasMessageContaining("the image folder holds a.jpg itself; take train/ out");
  }

  @Test
  void saysThatAnImageIsAFolder() throws IOException {
    Files.delete(folder.resolve("images/a.jpg"));
    Files.createDirectory(folder.resolve("images/a.jpg"));

    coco.refuses(IMAGES, "", CATEGORIES).hasMessageContaining("a.jpg: is a folder");
  }
}
