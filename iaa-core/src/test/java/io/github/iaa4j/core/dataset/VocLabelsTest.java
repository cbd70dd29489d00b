package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.VocFolder.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which labels the images of a VOC folder have, from annotations and lists of classes. */
class VocLabelsTest {

  private final Path root;
  private final VocFolder voc;

  VocLabelsTest(@TempDir Path root) {
    this.root = root;
    this.voc = new VocFolder(root);
  }

  @Test
  void takesLabelsFromTheObjectsOfTheAnnotation() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "person", "dog", "person");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("dog", "person");
  }

  @Test
  void countsNoPartsOfAnObject() {
    voc.split("train", "2007_000001");
    ImageFiles.write(
        root.resolve("Annotations/2007_000001.xml"),
        "<annotation><object><name>person</name><part><name>head</name></part></object>"
            + "</annotation>");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("person");
  }

  @Test
  void keepsAnImageWithoutObjects() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001");

    assertThat(only(VocDataset.open(root, "train")).labels()).isEmpty();
  }

  @Test
  void takesLabelsFromTheClassListsWhereThereIsNoAnnotation() {
    voc.split("train", "2007_000001", "2007_000002");
    voc.classList("cat_train", "2007_000001  1", "2007_000002 -1");
    voc.classList("dog_train", "2007_000001  0", "2007_000002 -1");

    assertThat(VocDataset.open(root, "train").images())
        .extracting(LabeledImage::labels)
        .containsExactly(List.of("cat", "dog"), List.of());
  }

  @Test
  void prefersTheAnnotationToTheClassLists() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "dog");
    voc.classList("cat_train", "2007_000001  1");
    voc.classList("dog_train", "2007_000001 -1");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("dog");
  }

  @Test
  void fallsBackToTheClassListsOfOtherSplits() {
    voc.split("mine", "2007_000001");
    voc.classList("cat_trainval", "2007_000001  1");

    assertThat(only(VocDataset.open(root, "mine")).labels()).containsExactly("cat");
  }

  @Test
  void prefersTheClassListsOfTheSplit() {
    voc.split("mine", "2007_000001");
    voc.classList("cat_mine", "2007_000001 -1");
    voc.classList("cat_trainval", "2007_000001  1");

    assertThat(only(VocDataset.open(root, "mine")).labels()).isEmpty();
  }

  @Test
  void refusesAnImageWithoutAnyLabels() {
    voc.split("train", "2007_000001", "2007_000002");
    voc.classList("cat_train", "2007_000001  1");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("2007_000002"))
        .hasMessageContaining("has no labels")
        .hasMessageContaining("2007_000002.xml");
  }

  @Test
  void countsObjectsOfOtherClasses() {
    voc.split("train", "a");
    voc.annotation("a", "cat", "chair", "dog", "chair");

    VocDataset dataset = VocDataset.open(root, "train", List.of("cat"));

    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject, DatasetNotice::count)
        .containsExactly(tuple(Kind.OBJECTS_LEFT_OUT, "chair, dog", 3));
  }

  @ParameterizedTest
  @CsvSource({
    "diffusion model, true",
    "' diffusion model\n', true",
    "flickr, false",
    "'', false",
    "'diffusion models of the flu', false"
  })
  void knowsGeneratedImagesByTheSourceInTheirAnnotation(String image, boolean generated) {
    voc.split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation><source><database>d</database><image>"
            + image
            + "</image></source><object><name>dog</name></object></annotation>");

    assertThat(only(VocDataset.open(root, "train")).generated()).isEqualTo(generated);
  }

  @Test
  void anIdOrAnObjectSaysNothingOfTheSource() {
    voc.split("train", "2100_000001");
    ImageFiles.write(
        root.resolve("Annotations/2100_000001.xml"),
        """
        <annotation>
          <image>diffusion model</image>
          <object><name>dog</name><source><image>diffusion model</image></source></object>
        </annotation>
        """);

    assertThat(only(VocDataset.open(root, "train")).generated()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a 2", "a", "a 1 1"})
  void refusesAMalformedLineInAClassList(String line) {
    voc.split("train", "a");
    voc.classList("cat_train", "b 1", line);

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("line 2"))
        .hasMessageContaining("an image id and 1, -1 or 0");
  }

  @Test
  void refusesBillionLaughs() {
    voc.split("train", "a");
    StringBuilder xml = new StringBuilder("<!DOCTYPE annotation [<!ENTITY e0 \"ha\">");
    for (int i = 1; i < 30; i++) {
      xml.append("<!ENTITY e" + i + " \"").append(("&e" + (i - 1) + ";").repeat(10)).append("\">");
    }
    xml.append("]><annotation><object><name>&e29;</name></object></annotation>");
    ImageFiles.write(root.resolve("Annotations/a.xml"), xml.toString());

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("DOCTYPE"))
        .hasMessageContaining("remove the line");
  }

  @Test
  void opensNoExternalEntity() {
    voc.split("train", "a");
    Path secret = ImageFiles.write(root.resolve("secret.txt"), "dog");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<!DOCTYPE annotation [<!ENTITY s SYSTEM \""
            + secret.toUri()
            + "\">]><annotation><object><name>&s;</name></object></annotation>");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("a document type is refused");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<annotation><object><name>dog</name></object> | cannot be read as XML",
        "<annotation><object><name>&dog;</name></object></annotation> | cannot be read as XML",
        "<annotation><object><nom>dog</nom></object></annotation> | needs exactly one <name>",
        "<html><body>404</body></html> | the root element of an annotation is",
        "{} | cannot be read as XML",
        "'' | cannot be read as XML"
      })
  void refusesAMalformedAnnotation(String xml, String message) {
    voc.split("train", "a");
    ImageFiles.write(root.resolve("Annotations/a.xml"), xml);

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAnAnnotationOfAbsurdSize() {
    voc.split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"), "<annotation>" + " ".repeat(5 << 20) + "</annotation>");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("larger than 4 MiB");
  }
}
