package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.VocFolder.kinds;
import static io.github.iaa4j.core.dataset.VocFolder.only;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.ConfigurationException;
import io.github.iaa4j.core.error.DatasetException;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which classes a VOC folder has, and in which order. */
class VocClassesTest {

  private final Path root;
  private final VocFolder voc;

  VocClassesTest(@TempDir Path root) {
    this.root = root;
    this.voc = new VocFolder(root);
  }

  @Test
  void hasTheClassesOfVocByDefault() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "dog");

    assertThat(VocDataset.open(root, "train").classNames()).isEqualTo(VocDataset.CLASS_NAMES);
  }

  @Test
  void hasTheClassesThatHaveListsInTheOrderOfVocThenByName() {
    voc.split("train", "2007_000001");
    for (String name : List.of("zebra", "horse", "ant_eater", "cat")) {
      voc.classList(name + "_train", "2007_000001 -1");
    }
    // A list of ids is no class list, whatever its name.
    ImageFiles.write(root.resolve("ImageSets/Main/my_train.txt"), "2007_000001\n");

    assertThat(VocDataset.open(root, "train").classNames())
        .containsExactly("cat", "horse", "ant_eater", "zebra");
  }

  @Test
  void hasTheClassesOfItsFileInThatOrder() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "kiwi", "cat");
    voc.classList("dog_train", "2007_000001 -1");
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
    voc.split("train", "a");
    voc.annotation("a", "apple");
    voc.classList("apple_train", "a 1");
    voc.classList("background_train", "a -1");
    ImageFiles.write(root.resolve(file), lines.replace(';', '\n'));
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1, 2, 255);

    VocDataset dataset = VocDataset.open(root, "train");

    assertThat(dataset.classNames()).containsExactly("pear", "apple");
    assertThat(only(dataset).labels()).containsExactly("apple");
    assertThat(only(dataset).mask().orElseThrow().indices()).startsWith(0, 1, 2, -1);
  }

  @Test
  void anIndexOfVoidInAListIsVoid() {
    voc.split("train", "a");
    voc.annotation("a", "apple");
    ImageFiles.write(root.resolve("classes.txt"), "background\npear\nvoid\napple\n");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1, 2, 3);

    VocDataset dataset = VocDataset.open(root, "train");

    assertThat(dataset.classNames()).containsExactly("pear", "apple");
    assertThat(only(dataset).mask().orElseThrow().indices()).startsWith(0, 1, 255, 2);
  }

  @Test
  void readsTheMasksOfOlderLabelme() {
    voc.split("train", "a");
    voc.annotation("a", "apple");
    ImageFiles.write(root.resolve("class_names.txt"), "_background_\napple\n");
    ImageFiles.write(root.resolve("SegmentationClass/a.npy"), "x");
    ImageFiles.mask(root.resolve("SegmentationClassPNG/a.png"), 4, 3, 0, 1);

    assertThat(only(VocDataset.open(root, "train")).mask()).isPresent();
  }

  @Test
  void countsMasksThatNoImageHas() {
    voc.split("train", "a");
    voc.annotation("a", "cat");
    ImageFiles.mask(root.resolve("SegmentationClass/a_mask.png"), 4, 3, 0, 1);

    assertThat(VocDataset.open(root, "train", List.of("cat")).notices())
        .extracting(DatasetNotice::kind, DatasetNotice::examples)
        .containsExactly(tuple(Kind.MASKS_OF_OTHER_NAMES, List.of("a_mask.png")));
  }

  @Test
  void readsMasksInTheColoursOfTheList() {
    voc.split("train", "a");
    voc.annotation("a", "apple");
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
    voc.split("train", "a");
    ImageFiles.write(root.resolve("classes.txt"), "pear\nbackground\napple\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("index 0 of a mask is background; put it first");
  }

  @ParameterizedTest
  @ValueSource(strings = {"pear:1,2::", "pear:1,2,300::", "pear:red::"})
  void refusesALabelmapWithoutColours(String line) {
    voc.split("train", "a");
    ImageFiles.write(root.resolve("labelmap.txt"), line + "\n");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("labelmap.txt (line 1): must be name:r,g,b:parts:actions");
  }

  @Test
  void asksForTheOrderOfTheClassesWhereThereAreMasks() {
    voc.split("train", "a");
    voc.classList("apple_train", "a 1");
    voc.classList("pear_train", "a -1");

    assertThat(VocDataset.open(root, "train").classNames()).containsExactly("apple", "pear");

    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1);
    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("classes.txt: there is no such file")
        .hasMessageContaining("apple, pear");
  }

  @Test
  void leavesOutTheListOfAClassThatIsBackground() {
    voc.split("default", "a");
    voc.classList("apple_default", "a 1");
    voc.classList("background_default", "a 1");

    VocDataset dataset = VocDataset.open(root, "default");

    assertThat(dataset.classNames()).containsExactly("apple");
    assertThat(kinds(dataset)).containsExactly(Kind.BACKGROUND_LEFT_OUT);
  }

  @Test
  void namesTheClassesOfTheAnnotationsWhereNothingStatesThem() {
    voc.split("train", "a", "b");
    voc.annotation("a", "helmet");
    voc.annotation("b", "person", "hat");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("unknown class \"helmet\"")
        .hasMessageContaining(root.resolve("classes.txt").toString())
        .hasMessageContaining("hat, helmet, person");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cat\ndog\ncat\n", "\n"})
  void refusesAFileOfClassesThatRepeatsOneOrHasNone(String classes) {
    voc.split("train", "2007_000001");
    ImageFiles.write(root.resolve("classes.txt"), classes);

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("classes.txt")
        .hasMessageContaining("each once");
  }

  @Test
  void takesTheClassesFromTheCaller() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "cat", "chair", "dog");

    VocDataset dataset = VocDataset.open(root, "train", List.of("dog", "cat"));

    assertThat(dataset.classNames()).containsExactly("dog", "cat");
    assertThat(only(dataset).labels()).containsExactly("dog", "cat");
  }

  @ParameterizedTest
  @CsvSource({"cat;cat, each once", "'', 1 to 254"})
  void refusesClassNamesThatRepeatOrAreNone(String names, String message) {
    voc.split("train", "2007_000001");
    List<String> classNames = names.isEmpty() ? List.of() : List.of(names.split(";", -1));

    assertThatThrownBy(() -> VocDataset.open(root, "train", classNames))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesAClassThatNobodyKnows() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "dog", "dgo");

    assertThatThrownBy(() -> VocDataset.open(root, "train"))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("object 2, name"))
        .hasMessageContaining("2007_000001.xml")
        .hasMessageContaining("unknown class \"dgo\"");
  }
}
