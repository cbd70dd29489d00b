package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class VocDatasetTest {

  @TempDir private Path root;

  // Labels

  @Test
  void takesLabelsFromTheObjectsOfTheAnnotation() {
    split("train", "2007_000001");
    annotation("2007_000001", "person", "dog", "person");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("dog", "person");
  }

  @Test
  void countsNoPartsOfAnObject() {
    split("train", "2007_000001");
    ImageFiles.write(
        root.resolve("Annotations/2007_000001.xml"),
        "<annotation><object><name>person</name><part><name>head</name></part></object>"
            + "</annotation>");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("person");
  }

  @Test
  void keepsAnImageWithoutObjects() {
    split("train", "2007_000001");
    annotation("2007_000001");

    assertThat(only(VocDataset.open(root, "train")).labels()).isEmpty();
  }

  @Test
  void takesLabelsFromTheClassListsWhereThereIsNoAnnotation() {
    split("train", "2007_000001", "2007_000002");
    classList("cat_train", "2007_000001  1", "2007_000002 -1");
    classList("dog_train", "2007_000001  0", "2007_000002 -1");

    assertThat(VocDataset.open(root, "train").images())
        .extracting(LabeledImage::labels)
        .containsExactly(List.of("cat", "dog"), List.of());
  }

  @Test
  void prefersTheAnnotationToTheClassLists() {
    split("train", "2007_000001");
    annotation("2007_000001", "dog");
    classList("cat_train", "2007_000001  1");
    classList("dog_train", "2007_000001 -1");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("dog");
  }

  @Test
  void fallsBackToTheClassListsOfOtherSplits() {
    split("mine", "2007_000001");
    classList("cat_trainval", "2007_000001  1");

    assertThat(only(VocDataset.open(root, "mine")).labels()).containsExactly("cat");
  }

  @Test
  void prefersTheClassListsOfTheSplit() {
    split("mine", "2007_000001");
    classList("cat_mine", "2007_000001 -1");
    classList("cat_trainval", "2007_000001  1");

    assertThat(only(VocDataset.open(root, "mine")).labels()).isEmpty();
  }

  @Test
  void refusesAnImageWithoutAnyLabels() {
    split("train", "2007_000001", "2007_000002");
    classList("cat_train", "2007_000001  1");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("2007_000002"))
        .hasMessageContaining("has no labels")
        .hasMessageContaining("2007_000002.xml");
  }

  // Classes

  @Test
  void hasTheClassesOfVocByDefault() {
    split("train", "2007_000001");
    annotation("2007_000001", "dog");

    assertThat(VocDataset.open(root, "train").classNames()).isEqualTo(VocDataset.CLASS_NAMES);
  }

  @Test
  void hasTheClassesThatHaveListsInTheOrderOfVocThenByName() {
    split("train", "2007_000001");
    for (String name : List.of("zebra", "horse", "ant_eater", "cat")) {
      classList(name + "_train", "2007_000001 -1");
    }
    // A list of ids is no class list, whatever its name.
    ImageFiles.write(root.resolve("ImageSets/Main/my_train.txt"), "2007_000001\n");

    assertThat(VocDataset.open(root, "train").classNames())
        .containsExactly("cat", "horse", "ant_eater", "zebra");
  }

  @Test
  void hasTheClassesOfItsFileInThatOrder() {
    split("train", "2007_000001");
    annotation("2007_000001", "kiwi", "cat");
    classList("dog_train", "2007_000001 -1");
    ImageFiles.write(root.resolve("classes.txt"), "kiwi\ncat\napple\n");

    VocDataset dataset = VocDataset.open(root, "train");

    assertThat(dataset.classNames()).containsExactly("kiwi", "cat", "apple");
    assertThat(only(dataset).labels()).containsExactly("kiwi", "cat");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "classes.txt | background;pear;apple",
        "classes.txt | pear;apple",
        "labelmap.txt | # label:color_rgb:parts:actions;background:0,0,0::;pear:128,0,0::;apple:0,128,0::",
        "labelmap.txt | pear:128,0,0::;apple:0,128,0::;background:0,0,0::",
        "labelmap.txt | pear:::;apple:::",
        "class_names.txt | __ignore__;_background_;pear;apple",
        "dataset_meta.json | {\"label_map\": {\"0\": \"background\", \"1\": \"pear\", \"2\": \"apple\"}}",
        "dataset_meta.json | {\"labels\": [\"pear\", \"apple\"]}",
      })
  void readsTheListsOfClassesThatToolsWrite(String file, String lines) {
    split("train", "a");
    annotation("a", "apple");
    classList("apple_train", "a 1");
    classList("background_train", "a -1");
    ImageFiles.write(root.resolve(file), lines.replace(';', '\n'));
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1, 2, 255);

    VocDataset dataset = VocDataset.open(root, "train");

    assertThat(dataset.classNames()).containsExactly("pear", "apple");
    assertThat(only(dataset).labels()).containsExactly("apple");
    assertThat(only(dataset).mask().orElseThrow().indices()).startsWith(0, 1, 2, -1);
  }

  @Test
  void anIndexOfVoidInAListIsVoid() {
    split("train", "a");
    annotation("a", "apple");
    ImageFiles.write(root.resolve("classes.txt"), "background\npear\nvoid\napple\n");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1, 2, 3);

    VocDataset dataset = VocDataset.open(root, "train");

    assertThat(dataset.classNames()).containsExactly("pear", "apple");
    assertThat(only(dataset).mask().orElseThrow().indices()).startsWith(0, 1, 255, 2);
  }

  @Test
  void readsTheMasksOfOlderLabelme() {
    split("train", "a");
    annotation("a", "apple");
    ImageFiles.write(root.resolve("class_names.txt"), "_background_\napple\n");
    ImageFiles.write(root.resolve("SegmentationClass/a.npy"), "x");
    ImageFiles.mask(root.resolve("SegmentationClassPNG/a.png"), 4, 3, 0, 1);

    assertThat(only(VocDataset.open(root, "train")).mask()).isPresent();
  }

  @Test
  void countsMasksThatNoImageHas() {
    split("train", "a");
    annotation("a", "cat");
    ImageFiles.mask(root.resolve("SegmentationClass/a_mask.png"), 4, 3, 0, 1);

    assertThat(VocDataset.open(root, "train", List.of("cat")).notices())
        .extracting(DatasetNotice::kind, DatasetNotice::examples)
        .containsExactly(tuple(Kind.MASKS_OF_OTHER_NAMES, List.of("a_mask.png")));
  }

  @Test
  void readsMasksInTheColoursOfTheList() {
    split("train", "a");
    annotation("a", "apple");
    ImageFiles.write(
        root.resolve("labelmap.txt"), "background:0,0,0::\npear:10,20,30::\napple:200,0,0::\n");
    BufferedImage mask = new BufferedImage(4, 3, BufferedImage.TYPE_INT_RGB);
    mask.setRGB(0, 0, 0xc80000);
    mask.setRGB(1, 0, 0x0a141e);
    mask.setRGB(2, 0, 0xe0e0c0);
    ImageFiles.write(root.resolve("SegmentationClass/a.png"), ImageFiles.encode(mask, "png"));

    assertThat(only(VocDataset.open(root, "train")).mask().orElseThrow().indices())
        .startsWith(2, 1, 255, 0);

    mask.setRGB(3, 2, 0x010203);
    ImageFiles.write(root.resolve("SegmentationClass/a.png"), ImageFiles.encode(mask, "png"));
    assertThatThrownBy(() -> only(VocDataset.open(root, "train")).mask())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("x 3, y 2")
        .hasMessageContaining("the colour 1,2,3 stands for no class");
  }

  @Test
  void refusesBackgroundBetweenTheClassesOfAFile() {
    split("train", "a");
    ImageFiles.write(root.resolve("classes.txt"), "pear\nbackground\napple\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("index 0 of a mask is background; put it first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pear:1,2::", "pear:1,2,300::", "pear:red::"})
  void refusesALabelmapWithoutColours(String line) {
    split("train", "a");
    ImageFiles.write(root.resolve("labelmap.txt"), line + "\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("labelmap.txt (line 1): must be name:r,g,b:parts:actions");
  }

  @Test
  void asksForTheOrderOfTheClassesWhereThereAreMasks() {
    split("train", "a");
    classList("apple_train", "a 1");
    classList("pear_train", "a -1");

    assertThat(VocDataset.open(root, "train").classNames()).containsExactly("apple", "pear");

    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1);
    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("classes.txt: there is no such file")
        .hasMessageContaining("apple, pear");
  }

  @Test
  void leavesOutTheListOfAClassThatIsBackground() {
    split("default", "a");
    classList("apple_default", "a 1");
    classList("background_default", "a 1");

    VocDataset dataset = VocDataset.open(root, "default");

    assertThat(dataset.classNames()).containsExactly("apple");
    assertThat(kinds(dataset)).containsExactly(Kind.BACKGROUND_LEFT_OUT);
  }

  @Test
  void namesTheClassesOfTheAnnotationsWhereNothingStatesThem() {
    split("train", "a", "b");
    annotation("a", "helmet");
    annotation("b", "person", "hat");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("unknown class \"helmet\"")
        .hasMessageContaining(root.resolve("classes.txt").toString())
        .hasMessageContaining("hat, helmet, person");
  }

  // Notices

  @Test
  void countsMasksThatContradictTheLabels() {
    split("train", "a", "b", "c", "d");
    annotation("a", "cat");
    annotation("b", "cat");
    annotation("c", "cat");
    annotation("d", "cat");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 8);
    ImageFiles.mask(root.resolve("SegmentationClass/b.png"), 4, 3, 0, 255);
    ImageFiles.mask(root.resolve("SegmentationClass/c.png"), 4, 3, 0, 8, 12);

    VocDataset dataset = VocDataset.open(root, "train", List.of("cat", "dog"));

    assertThat(dataset.notices())
        .filteredOn(notice -> notice.kind() == Kind.MASKS_THAT_CONTRADICT_LABELS)
        .extracting(DatasetNotice::count, DatasetNotice::of, DatasetNotice::examples)
        .containsExactly(
            tuple(2, 3, List.of("b (labels [cat], mask [])", "c (labels [cat], mask [cat, dog])")));
  }

  @Test
  void countsMasksThatCannotBeRead() {
    split("train", "a");
    annotation("a", "cat");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 77);

    VocDataset dataset = VocDataset.open(root, "train", List.of("cat"));

    assertThat(dataset.notices())
        .singleElement()
        .satisfies(
            notice -> {
              assertThat(notice.kind()).isEqualTo(Kind.UNREADABLE_MASKS);
              assertThat(notice.subject()).contains("index 77 is not a class");
            });
  }

  @Test
  void countsObjectsOfOtherClasses() {
    split("train", "a");
    annotation("a", "cat", "chair", "dog", "chair");

    VocDataset dataset = VocDataset.open(root, "train", List.of("cat"));

    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject, DatasetNotice::count)
        .containsExactly(tuple(Kind.OBJECTS_LEFT_OUT, "chair, dog", 3));
  }

  // Names of files

  @ParameterizedTest
  @ValueSource(strings = {"JPG", "jpeg", "png", "JPEG"})
  void findsImagesOfOtherExtensions(String extension) {
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a\n");
    ImageFiles.write(
        root.resolve("JPEGImages/a." + extension),
        ImageFiles.encode(ImageFiles.picture(4, 3), extension.equals("png") ? "png" : "jpeg"));
    annotation("a", "cat");

    VocDataset dataset = VocDataset.open(root, "train", List.of("cat"));

    assertThat(only(dataset).image().width()).isEqualTo(4);
    assertThat(dataset.notices())
        .extracting(DatasetNotice::kind, DatasetNotice::subject)
        .containsExactly(tuple(Kind.OTHER_EXTENSION, "." + extension));
  }

  @ParameterizedTest
  @ValueSource(strings = {"photo (1)", "a.b", "DJI_0001 copy", "\u56fe 1", "100%#1", "img 1"})
  void readsIdsOfAllKinds(String id) {
    split("train", id);
    annotation(id, "cat");

    assertThat(only(VocDataset.open(root, "train")).id()).isEqualTo(id);
  }

  @ParameterizedTest
  @ValueSource(strings = {"photo (1)", "img 1"})
  void readsIdsWithSpacesInClassLists(String id) {
    split("train", id);
    classList("cat_train", id + "  1");
    classList("dog_train", id + " -1");

    assertThat(only(VocDataset.open(root, "train")).labels()).containsExactly("cat");
  }

  @Test
  void takesALineThatNamesTheFileForItsId() {
    split("train", "a");
    annotation("a", "cat");
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
    annotation("a", "cat");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("a.jpg: there is no such file")
        .hasMessageContaining(message);
  }

  @Test
  void namesTheSplitsThatThereAre() {
    split("train", "a");
    split("val", "a");

    assertThatThrownBy(() -> VocDataset.open(root, "test"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("such as train, val");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat\ndog\ncat\n", "\n"})
  void refusesAFileOfClassesThatRepeatsOneOrHasNone(String classes) {
    split("train", "2007_000001");
    ImageFiles.write(root.resolve("classes.txt"), classes);

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("classes.txt")
        .hasMessageContaining("each once");
  }

  @Test
  void takesTheClassesFromTheCaller() {
    split("train", "2007_000001");
    annotation("2007_000001", "cat", "chair", "dog");

    VocDataset dataset = VocDataset.open(root, "train", List.of("dog", "cat"));

    assertThat(dataset.classNames()).containsExactly("dog", "cat");
    assertThat(only(dataset).labels()).containsExactly("dog", "cat");
  }

  @ParameterizedTest
  @CsvSource({"cat;cat, each once", "'', 1 to 254"})
  void refusesClassNamesThatRepeatOrAreNone(String names, String message) {
    split("train", "2007_000001");
    List<String> classNames = names.isEmpty() ? List.of() : List.of(names.split(";", -1));

    assertThatThrownBy(() -> VocDataset.open(root, "train", classNames))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAClassThatNobodyKnows() {
    split("train", "2007_000001");
    annotation("2007_000001", "dog", "dgo");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("object 2, name"))
        .hasMessageContaining("2007_000001.xml")
        .hasMessageContaining("unknown class \"dgo\"");
  }

  // Images and masks

  @Test
  void readsImagesOnDemand() {
    split("train", "2007_000001");
    annotation("2007_000001", "dog");

    assertThat(only(VocDataset.open(root, "train")).image().width()).isEqualTo(4);
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
    split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation><source><database>d</database><image>"
            + image
            + "</image></source><object><name>dog</name></object></annotation>");

    assertThat(only(VocDataset.open(root, "train")).generated()).isEqualTo(generated);
  }

  @Test
  void anIdOrAnObjectSaysNothingOfTheSource() {
    split("train", "2100_000001");
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

  @Test
  void turnsTheIndicesOfVocIntoThoseOfItsOwnClasses() {
    split("train", "2007_000001");
    annotation("2007_000001", "cat", "dog");
    ImageFiles.mask(
        root.resolve("SegmentationClass/2007_000001.png"), 4, 3, 0, 8, 12, 9, 255, 8, 8, 8);

    LabelMask mask = only(VocDataset.open(root, "train", List.of("dog", "cat"))).mask().get();

    // 8 is cat, 12 is dog, and 9 is a chair: no class here, but no background either.
    assertThat(mask.indices())
        .startsWith(0, 2, 1, LabelMask.VOID, LabelMask.VOID, 2, 2, 2)
        .endsWith(0, 0, 0, 0);
  }

  @Test
  void takesTheIndicesAsTheyAreWhereTheNamesAreNotOfVoc() {
    split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation><object><name>kiwi</name></object></annotation>");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1, 2, 255);

    LabelMask mask = only(VocDataset.open(root, "train", List.of("cat", "kiwi"))).mask().get();

    assertThat(mask.indices()).startsWith(0, 1, 2, 255);
  }

  @Test
  void hasNoMaskWhereThereIsNoFile() {
    split("val", "2007_000001");
    annotation("2007_000001", "dog");

    assertThat(only(VocDataset.open(root, "val")).mask()).isEmpty();
  }

  @Test
  void takesNoPlaceholderForAMask() {
    split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation><source><image>diffusion model</image></source>"
            + "<object><name>dog</name></object></annotation>");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 12);

    assertThat(only(VocDataset.open(root, "train")).mask()).isEmpty();
  }

  @Test
  void refusesAMaskOfAnotherSize() {
    split("train", "2007_000001");
    annotation("2007_000001", "dog");
    ImageFiles.mask(root.resolve("SegmentationClass/2007_000001.png"), 3, 4, 12);
    LabeledImage image = only(VocDataset.open(root, "train"));

    assertThatThrownBy(image::mask)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("the mask has 3 x 4 pixels")
        .hasMessageContaining("2007_000001.jpg has 4 x 3");
  }

  @Test
  void refusesAMaskWithAnIndexThatIsNoClass() {
    split("train", "2007_000001");
    annotation("2007_000001", "dog");
    ImageFiles.mask(root.resolve("SegmentationClass/2007_000001.png"), 4, 3, 0, 21);
    LabeledImage image = only(VocDataset.open(root, "train", List.of("dog")));

    assertThatThrownBy(image::mask)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("index 21 is not a class");
  }

  // Lists

  @Test
  void keepsTheOrderOfTheListAndItsBlankLinesCount() throws IOException {
    split("train", "b", "", "a");
    annotation("a", "dog");
    annotation("b", "cat");

    assertThat(VocDataset.open(root, "train").images())
        .extracting(LabeledImage::id)
        .containsExactly("b", "a");
  }

  @Test
  void readsListsFromWindows() {
    split("train", "a");
    annotation("a", "dog");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "\uFEFFa\r\n");

    assertThat(only(VocDataset.open(root, "train")).id()).isEqualTo("a");
  }

  @Test
  void readsTheListInMainWhereThereIsNoOther() {
    split("train", "a");
    annotation("a", "dog");
    ImageFiles.write(root.resolve("ImageSets/Main/person_ids.txt"), "a\n");

    assertThat(only(VocDataset.open(root, "person_ids")).id()).isEqualTo("a");
  }

  @Test
  void refusesASplitThatIsNotThere() {
    split("train", "a");

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
    split("train", "a");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "\n\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("lists no image");
  }

  @Test
  void refusesAnIdThatIsListedTwice() {
    split("train", "a", "b", "a");
    annotation("a", "dog");
    annotation("b", "dog");

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
    split("train", "a");
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a\n" + id + "\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("line 2"))
        .hasMessageContaining("is not an image id");
  }

  @Test
  void refusesAMissingImage() throws IOException {
    split("train", "a");
    annotation("a", "dog");
    Files.delete(root.resolve("JPEGImages/a.jpg"));

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageStartingWith(root.resolve("JPEGImages/a.jpg") + ": there is no such file")
        .hasMessageContaining("train.txt lists it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a 2", "a", "a 1 1"})
  void refusesAMalformedLineInAClassList(String line) {
    split("train", "a");
    classList("cat_train", "b 1", line);

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("line 2"))
        .hasMessageContaining("an image id and 1, -1 or 0");
  }

  @Test
  void refusesAListThatIsNoText() {
    split("train", "a");
    ImageFiles.write(
        root.resolve("ImageSets/Segmentation/train.txt"), new byte[] {'a', (byte) 0xff, '\n'});

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("is not UTF-8 text");
  }

  // Hostile annotations

  @Test
  void refusesBillionLaughs() {
    split("train", "a");
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
    split("train", "a");
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
    split("train", "a");
    ImageFiles.write(root.resolve("Annotations/a.xml"), xml);

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAnAnnotationOfAbsurdSize() {
    split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"), "<annotation>" + " ".repeat(5 << 20) + "</annotation>");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("larger than 4 MiB");
  }

  private static LabeledImage only(LabeledDataset dataset) {
    assertThat(dataset.images()).hasSize(1);
    return dataset.images().get(0);
  }

  private void split(String name, String... ids) {
    ImageFiles.write(
        root.resolve("ImageSets/Segmentation/" + name + ".txt"), String.join("\n", ids) + "\n");
    for (String id : ids) {
      if (!id.isEmpty()) {
        ImageFiles.jpeg(root.resolve("JPEGImages/" + id + ".jpg"), 4, 3);
      }
    }
  }

  private void annotation(String id, String... names) {
    StringBuilder xml = new StringBuilder("<annotation>\n  <filename>x.jpg</filename>\n");
    for (String name : names) {
      xml.append("  <object>\n    <name>" + name + "</name>\n  </object>\n");
    }
    ImageFiles.write(root.resolve("Annotations/" + id + ".xml"), xml + "</annotation>\n");
  }

  private void classList(String name, String... lines) {
    ImageFiles.write(
        root.resolve("ImageSets/Main/" + name + ".txt"), String.join("\n", lines) + "\n");
  }

  private static List<Kind> kinds(LabeledDataset dataset) {
    return dataset.notices().stream().map(DatasetNotice::kind).toList();
  }
}
