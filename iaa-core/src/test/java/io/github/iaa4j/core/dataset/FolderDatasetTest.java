package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FolderDatasetTest extends ImageFolder {

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
  void twoImagesThatDifferInTheExtensionAloneKeepIt() {
    image("cat/1.jpg");
    image("cat/1.png");
    image("cat/2.png");

    assertThat(FolderDataset.open(root).images())
        .extracting(LabeledImage::id)
        .containsExactly("cat/1.jpg", "cat/1.png", "cat/2");
  }

  @Test
  void refusesAnEmptyFolder() {
    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("has no images in folders of classes")
        .hasMessageContaining("labels.csv");
    assertThatThrownBy(() -> FolderDataset.open(root, List.of("cat")))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("has no images");
  }

  @Test
  void readsTheExtensionsOfImagesInAnyCase() {
    for (String extension : List.of("JPG", "jpeg", "jfif", "jpe", "PNG")) {
      image("cat/" + extension + "." + extension);
    }

    assertThat(FolderDataset.open(root).images()).hasSize(5);
    assertThat(FolderDataset.open(root).notices()).isEmpty();
  }

  @Test
  void countsWhatItPassesOverByExtension() throws IOException {
    image("cat/1.jpg");
    image("loose.jpg");
    ImageFiles.write(root.resolve("cat/2.heic"), "x");
    ImageFiles.write(root.resolve("cat/3.HEIC"), "x");
    ImageFiles.write(root.resolve("cat/notes"), "x");
    ImageFiles.write(root.resolve("cat/Thumbs.db"), "x");
    ImageFiles.write(root.resolve("cat/._1.jpg"), "x");
    image("cat/@eaDir/1.jpg/thumb.jpg");
    image("__MACOSX/cat/1.jpg");
    image(".ipynb_checkpoints/1.jpg");
    Files.createDirectory(root.resolve("cat/folder.jpg"));
    Files.createSymbolicLink(root.resolve("cat/gone.jpg"), root.resolve("nowhere.jpg"));

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.images()).extracting(LabeledImage::id).containsExactly("cat/1");
    assertThat(dataset.classNames()).containsExactly("cat");
    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject, DatasetNotice::count)
        .containsExactly(
            tuple(Kind.FILES_PASSED_OVER, "", 1),
            tuple(Kind.FILES_PASSED_OVER, ".heic", 2),
            tuple(Kind.SYSTEM_FILES_PASSED_OVER, "", 5),
            tuple(Kind.BROKEN_LINKS, "", 1),
            tuple(Kind.FOLDERS_NAMED_AS_IMAGES, "", 1),
            tuple(Kind.IMAGES_WITHOUT_LABELS, "", 1));
    assertThat(dataset.notices().get(1).message())
        .isEqualTo(
            "2 files with the extension .heic were skipped, such as cat/2.heic; read are"
                + " JPEG, PNG, BMP, TIFF and WebP");
  }

  @Test
  void refusesAClassWithoutASingleImage() {
    image("cat/1.jpg");
    ImageFiles.write(root.resolve("dog/1.heic"), "x");
    ImageFiles.write(root.resolve("dog/2.heic"), "x");
    ImageFiles.write(root.resolve("dog/list.txt"), "x");

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("dog: is the folder of a class")
        .hasMessageContaining("it holds 2 .heic, 1 .txt");
  }

  @Test
  void keepsImagesOfBackgroundWithoutThatLabel() {
    image("_background_/1.jpg");
    image("cat/1.jpg");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("cat");
    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(tuple("_background_/1", List.of()), tuple("cat/1", List.of("cat")));
    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject, DatasetNotice::count)
        .containsExactly(tuple(Kind.BACKGROUND_LEFT_OUT, "_background_", 1));
  }

  @Test
  void refusesBackgroundAmongTheClassesOfTheCaller() {
    image("cat/1.jpg");

    assertThatThrownBy(() -> FolderDataset.open(root, List.of("background", "cat")))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("background is not a class");
  }

  // Other layouts

  @ParameterizedTest
  @ValueSource(
      strings = {
        "train/cat/1.jpg;test/cat/1.jpg",
        "train/metadata.jsonl;train/1.jpg;Test/1.jpg",
        "train/1.jpg;valid/1.jpg;test/1.jpg",
        "train/cat/1.jpg;train/dog/1.jpg",
        "train/_classes.csv;train/1.jpg",
        "training_set/cat/1.jpg;test_set/cat/1.jpg",
        "train2017/1.jpg;val2017/1.jpg",
        "train/cat/1.jpg;test/cat/1.jpg;extra/1.jpg",
      })
  void saysThatTheFoldersAreSplits(String files) {
    for (String file : files.split(";", -1)) {
      image(file);
    }

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("holds splits")
        .hasMessageContaining("folder:" + root.resolve("train"));
  }

  @Test
  void aClassMayBeCalledAsASplit() {
    image("train/1.jpg");
    image("bus/1.jpg");

    assertThat(FolderDataset.open(root).classNames()).containsExactly("bus", "train");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "images/cat/1.jpg;images/dog/1.jpg | has one folder, images, that holds folders itself",
        "JPEGImages/1.jpg;Annotations/1.xml | laid out as PASCAL VOC",
        "data/train/cat/1.jpg;data/test/cat/1.jpg | has one folder, data, that holds folders itself",
        "images/1.jpg;masks/1.png | has the folders images, masks, which are parts of a layout",
        "cat/images/1.jpg;cat/masks/1.png;dog/images/1.jpg | lies in a folder of masks",
        "photos/1.jpg;annotations.csv | beside it annotations.csv; if that holds the labels, open it",
        "photos/1.jpg;a.json | on the command line as coco:",
        "cat/1.jpg;data/train.parquet;data/1.jpg | is a table of images",
        "0/1.jpg;1/2.jpg | a number, but prompts need names",
        "images/1.jpg;annotations/instances_train.json | laid out as COCO",
        "train/1.jpg;_annotations.coco.json | laid out as COCO",
        "1.jpg;2.jpg | but 2 without a label right in it",
      })
  void namesTheLayoutThatItFinds(String files, String message) {
    for (String file : files.split(";", -1)) {
      image(file);
    }

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void anAccentWrittenInTwoWaysIsOneClass() {
    image("caf\u00e9/1.jpg");
    image("cafe\u0301/2.jpg");

    assertThat(FolderDataset.open(root).classNames()).containsExactly("caf\u00e9");
  }

  @Test
  void leavesOutWhatBelongsToNothing() {
    image("1.jpg");
    table("_classes.csv", "filename, Unlabeled, cat", "1.jpg, 1, 1");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("cat");
    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject)
        .containsExactly(tuple(Kind.BACKGROUND_LEFT_OUT, "Unlabeled"));
  }

  @Test
  void readsNamesOfAllKinds() {
    image("\u732b/\u56fe 1#%.jpg");
    image("caf\u00e9 noir/1.jpg");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("caf\u00e9 noir", "\u732b");
    assertThat(dataset.images().get(1).image().width()).isEqualTo(4);
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
}
