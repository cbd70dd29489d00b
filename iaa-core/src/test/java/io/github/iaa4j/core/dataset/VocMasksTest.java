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

/** The images and masks of a VOC folder. */
class VocMasksTest {

  private final Path root;
  private final VocFolder voc;

  VocMasksTest(@TempDir Path root) {
    this.root = root;
    this.voc = new VocFolder(root);
  }

  @Test
  void countsMasksThatContradictTheLabels() {
    voc.split("train", "a", "b", "c", "d");
    voc.annotation("a", "cat");
    voc.annotation("b", "cat");
    voc.annotation("c", "cat");
    voc.annotation("d", "cat");
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
    voc.split("train", "a");
    voc.annotation("a", "cat");
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
  void readsImagesOnDemand() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "dog");

    assertThat(only(VocDataset.open(root, "train")).image().width()).isEqualTo(4);
  }

  @Test
  void turnsTheIndicesOfVocIntoThoseOfItsOwnClasses() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "cat", "dog");
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
    voc.split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation><object><name>kiwi</name></object></annotation>");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 0, 1, 2, 255);

    LabelMask mask = only(VocDataset.open(root, "train", List.of("cat", "kiwi"))).mask().get();

    assertThat(mask.indices()).startsWith(0, 1, 2, 255);
  }

  @Test
  void hasNoMaskWhereThereIsNoFile() {
    voc.split("val", "2007_000001");
    voc.annotation("2007_000001", "dog");

    assertThat(only(VocDataset.open(root, "val")).mask()).isEmpty();
  }

  @Test
  void takesNoPlaceholderForAMask() {
    voc.split("train", "a");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation><source><image>diffusion model</image></source>"
            + "<object><name>dog</name></object></annotation>");
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 4, 3, 12);

    assertThat(only(VocDataset.open(root, "train")).mask()).isEmpty();
  }

  @Test
  void refusesAMaskOfAnotherSize() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "dog");
    ImageFiles.mask(root.resolve("SegmentationClass/2007_000001.png"), 3, 4, 12);
    LabeledImage image = only(VocDataset.open(root, "train"));

    assertThatThrownBy(image::mask)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("the mask has 3 x 4 pixels")
        .hasMessageContaining("2007_000001.jpg has 4 x 3");
  }

  @Test
  void refusesAMaskWithAnIndexThatIsNoClass() {
    voc.split("train", "2007_000001");
    voc.annotation("2007_000001", "dog");
    ImageFiles.mask(root.resolve("SegmentationClass/2007_000001.png"), 4, 3, 0, 21);
    LabeledImage image = only(VocDataset.open(root, "train", List.of("dog")));

    assertThatThrownBy(image::mask)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("index 21 is not a class");
  }
}
