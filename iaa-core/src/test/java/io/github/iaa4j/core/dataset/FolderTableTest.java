package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Lists and tables of files and their labels. */
class FolderTableTest extends ImageFolder {

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
}
