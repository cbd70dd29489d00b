package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.ConfigurationException;
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
  void findsTheImagesOfAListInAFolderBesideIt() {
    image("train/a.jpg");
    image("train/b.jpg");
    table("train.csv", "id,label", "a,cat", "b.jpg,dog");

    assertThat(FolderDataset.open(root.resolve("train.csv")).images())
        .extracting(LabeledImage::id)
        .containsExactly("train/a", "train/b");
  }

  @Test
  void aCommaMayBePartOfAName() {
    image("1.jpg");
    table("labels.csv", "file,label", "1.jpg,\"tench, Tinca tinca\"");

    assertThat(FolderDataset.open(root).classNames()).containsExactly("tench, Tinca tinca");
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

  // Tables

  @Test
  void readsATableOfHuggingFace() {
    image("train/1.jpg");
    image("2.png");
    table(
        "metadata.csv",
        "file_name,labels,text",
        "train/1.jpg,cat|person,\"a cat, and a person\"",
        "2.png,dog,");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("cat", "dog", "person");
    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(tuple("train/1", List.of("cat", "person")), tuple("2", List.of("dog")));
  }

  @Test
  void readsTheClassesOfRoboflowInTheOrderOfTheColumns() {
    image("1.jpg");
    image("2.jpg");
    table("_classes.csv", "filename, zebra, cat, cow", "1.jpg, 1, 1, 0", "2.jpg, 0, 1, 0");

    FolderDataset dataset = FolderDataset.open(root);

    assertThat(dataset.classNames()).containsExactly("zebra", "cat", "cow");
    assertThat(dataset.images())
        .extracting(LabeledImage::labels)
        .containsExactly(List.of("zebra", "cat"), List.of("cat"));
    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject)
        .containsExactly(tuple(Kind.CLASSES_WITHOUT_IMAGES, "cow"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image,label/1.jpg,cat/1.jpg,dog/2.jpg,cat",
        "path;class/1.jpg;cat|dog/2.jpg;cat",
        "file\ttags/1.jpg\tcat; dog/2.jpg\tcat",
        "1.jpg,cat,dog/2.jpg,cat",
        "id,cat,dog/1,1,1/2,1,0",
        "id,filename,label/10,1.jpg,cat|dog/11,2.jpg,cat",
        "filename,cat,dog,/1.jpg,1,1,/2.jpg,1,0,/,,,",
        "sep=;/file;label/1.jpg;cat|dog/2.jpg;cat",
        "Filename,Labels/1.jpg,\"['cat', 'dog']\"/2.jpg,\"['cat']\"",
        "\uFEFFfilename,class,xmin/1.jpg,cat,3/1.jpg,dog,4/2.jpg,cat,5",
      })
  void readsAnyTableOfFilesAndLabels(String lines) {
    image("1.jpg");
    image("2.jpg");
    table("mine.csv", lines.split("/", -1));

    FolderDataset dataset = FolderDataset.open(root.resolve("mine.csv"));

    assertThat(dataset.classNames()).containsExactly("cat", "dog");
    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(tuple("1", List.of("cat", "dog")), tuple("2", List.of("cat")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a,b,c;1.jpg,x,y | must name a column of files",
        "file,size,depth;1.jpg,large,3 | must name a column label or labels",
        "file,label;1.jpg,3 | a number or nothing, but prompts need names",
        "file,label;1.jpg,1.0 | a number or nothing",
        "file,label;1.jpg,nan | a number or nothing",
        "file,text;1.jpg,a cat that sits on a red mat | a sentence",
        "file,tags;1.jpg,a b;2.jpg,a c;3.jpg,b c;4.jpg,a b c | look like several in one",
        "file,label,split;1.jpg,cat,train;3.jpg,cat,test | several splits",
        "file,label;gone.jpg,cat | gone.jpg: there is no such file",
        "file,label;4.png,cat | sub/4.jpg is there",
        "file,label;5.jpg,cat | there is no such file",
        "file,label;../1.jpg,cat | must be a path inside the folder",
        "file,label;1.jpg | has 1 columns, fewer",
        "file,cat,dog;1.jpg,1,0;1.jpg,0,1 | was listed before",
        "file,label | lists no image",
        "'' | is empty",
      })
  void refusesAMalformedTable(String lines, String message) {
    image("1.jpg");
    image("sub/3.jpg");
    image("sub/4.jpg");
    image("sub/5.jpg");
    image("other/5.jpg");
    table("labels.csv", lines.split(";", -1));

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAValueOfAClassThatIsNeither0Nor1() {
    image("1.jpg");
    table("_classes.csv", "filename, cat, dog", "1.jpg, 1, -1");

    assertThatThrownBy(() -> FolderDataset.open(root))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("line 2, dog"));
  }

  @Test
  void countsImagesThatTheListLeavesOut() {
    image("1.jpg");
    image("2.jpg");
    table("labels.csv", "file,label", "1.jpg,cat");

    assertThat(FolderDataset.open(root).notices())
        .extracting(DatasetNotice::kind, DatasetNotice::count, DatasetNotice::examples)
        .containsExactly(tuple(Kind.IMAGES_WITHOUT_LABELS, 1, List.of("2.jpg")));
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

  private void table(String name, String... lines) {
    ImageFiles.write(root.resolve(name), String.join("\n", lines) + "\n");
  }

  private void list(String... lines) {
    ImageFiles.write(root.resolve("metadata.jsonl"), String.join("\n", lines) + "\n");
  }
}
