package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.CocoFolder.CATEGORIES;
import static io.github.iaa4j.core.dataset.CocoFolder.IMAGES;
import static io.github.iaa4j.core.dataset.CocoFolder.annotation;
import static io.github.iaa4j.core.dataset.CocoFolder.notices;
import static io.github.iaa4j.core.dataset.CocoFolder.object;
import static io.github.iaa4j.core.dataset.CocoFolder.picture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import io.github.iaa4j.core.error.DatasetException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The masks that are made of a COCO file's outlines. */
class CocoMasksTest {

  private final Path folder;
  private final CocoFolder coco;

  CocoMasksTest(@TempDir Path folder) {
    this.folder = folder;
    this.coco = new CocoFolder(folder);
  }

  @Test
  void fillsTheOutlineWithTheIndexOfTheClass() {
    String box = object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]");

    assertThat(picture(coco.open(IMAGES, box, CATEGORIES), 1))
        .isEqualTo("........\n.3333...\n.3333...\n.3333...\n........\n........\n");
  }

  @Test
  void anImageWithoutAnnotationsIsAllBackground() {
    CocoDataset dataset = coco.open(IMAGES, object(7, 18, 12, "[[1,1,5,1,5,4]]"), CATEGORIES);

    assertThat(dataset.images().get(0).mask()).contains(new LabelMask(8, 6, new byte[48]));
    assertThat(notices(dataset, Kind.IMAGES_WITHOUT_ANNOTATIONS))
        .extracting(DatasetNotice::count, DatasetNotice::of, DatasetNotice::examples)
        .containsExactly(tuple(1, 2, List.of("b.jpg")));
  }

  @Test
  void noImageHasAMaskWhereAllAnnotationsAreOfBackground() {
    String everywhere = object(7, 0, 48, "[[0,0,8,0,8,6,0,6]]");
    CocoDataset dataset =
        coco.open(IMAGES, everywhere, "{'id':0,'name':'background'}," + CATEGORIES);

    assertThat(dataset.images()).extracting(LabeledImage::mask).containsOnly(Optional.empty());
  }

  @Test
  void noImageHasAMaskWhereNoneHasAnAnnotation() {
    CocoDataset dataset = coco.open(IMAGES, "", CATEGORIES);

    assertThat(dataset.images()).extracting(LabeledImage::mask).containsOnly(Optional.empty());
    assertThat(notices(dataset, Kind.IMAGES_WITHOUT_ANNOTATIONS))
        .extracting(DatasetNotice::message)
        .containsExactly(
            "2 images of 2 have no annotation, so there is nothing to learn from or to measure"
                + " against; give the file of a split that has annotations");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theSmallerObjectIsOnTopWhateverTheOrder(boolean smallFirst) {
    String large = object(7, 1, 32, "[[0,0,8,0,8,4,0,4]]");
    String small = object(7, 17, 4, "[[1,1,3,1,3,3,1,3]]");
    String both = smallFirst ? small + "," + large : large + "," + small;

    assertThat(picture(coco.open(IMAGES, both, CATEGORIES), 1))
        .isEqualTo("11111111\n12211111\n12211111\n11111111\n........\n........\n");
  }

  @Test
  void theFirstOfTwoEqualObjectsIsOnTop() {
    String both =
        object(7, 17, 8, "[[0,0,4,0,4,2,0,2]]") + "," + object(7, 18, 8, "[[2,0,6,0,6,2,2,2]]");

    assertThat(picture(coco.open(IMAGES, both, CATEGORIES), 1)).startsWith("222233..\n222233..\n");
  }

  @Test
  void measuresAnObjectThatStatesNoArea() {
    String large = "{'image_id':7,'category_id':1,'segmentation':[[0,0,8,0,8,4,0,4]]}";
    String small = "{'segmentation':[[1,1,3,1,3,3,1,3]],'image_id':7,'category_id':17}";

    assertThat(picture(coco.open(IMAGES, small + "," + large, CATEGORIES), 1))
        .startsWith("11111111\n12211111\n");
  }

  @Test
  void readsCompressedRuns() {
    // What pycocotools 2.0.11 writes for rows 1 and 2 of columns 1 and 2.
    String runs = object(7, 1, 4, "{'size':[6,8],'counts':'7240m0'}");

    assertThat(picture(coco.open(IMAGES, runs, CATEGORIES), 1))
        .isEqualTo("........\n.11.....\n.11.....\n........\n........\n........\n");
  }

  @Test
  void hasNoMaskWhereAnAnnotationIsOnlyABox() {
    String outlined = object(30, 1, 4, "[[1,1,5,1,5,4,2,4]]");
    CocoDataset dataset = coco.open(IMAGES, annotation(7, 18) + "," + outlined, CATEGORIES);

    assertThat(dataset.images().get(1).mask()).isEmpty();
    assertThat(dataset.images().get(0).mask()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "null",
        "[]",
        "[[]]",
        "[[],[]]",
        "[[1,1,5,4]]",
        "[1,1,4,3]",
        "{'size':[6,8],'counts':[48]}",
        "{'size':[6,8],'counts':[]}",
        "{'size':[6,8],'counts':'`1'}",
        "[[2,2,2,2,2,2]]",
        "[[1,1,3,3,5,5]]",
        "[[1,1,6,1,3,1,4,1]]",
        "[[2.6,1,3.4,1,3.4,5,2.6,5]]",
        "[[0.1,0.1,0.9,0.1,0.9,0.9,0.1,0.9]]",
      })
  void anOutlineThatEnclosesNothingIsNoMaskAndIsCounted(String segmentation) {
    String outlined = object(7, 1, 4, "[[1,1,5,1,5,4,2,4]]");
    CocoDataset dataset =
        coco.open(IMAGES, outlined + "," + object(7, 18, 4, segmentation), CATEGORIES);

    assertThat(dataset.images().get(1).labels()).containsExactly("person", "dog");
    assertThat(dataset.images().get(1).mask()).isEmpty();
    assertThat(dataset.notices())
        .filteredOn(notice -> notice.kind() == Kind.OBJECTS_WITHOUT_OUTLINE)
        .extracting(DatasetNotice::count, DatasetNotice::examples)
        .containsExactly(tuple(1, List.of("$.annotations[1]")));
  }

  @Test
  void hasNoMaskWhereAnObjectHasNoPixelInTheImage() {
    String outside = object(7, 1, 4, "[[9,1,12,1,12,4,9,4]]");

    assertThat(coco.open(IMAGES, outside, CATEGORIES).images().get(1).mask()).isEmpty();
  }

  @Test
  void anObjectBehindOthersKeepsItsImagesMask() {
    String both =
        object(7, 17, 4, "[[1,1,5,1,5,4,1,4]]") + "," + object(7, 18, 8, "[[2,2,4,2,4,3,2,3]]");
    CocoDataset dataset = coco.open(IMAGES, both, CATEGORIES);

    assertThat(dataset.images().get(1).mask()).isPresent();
    assertThat(notices(dataset, Kind.MASKS_THAT_CONTRADICT_LABELS))
        .extracting(DatasetNotice::examples)
        .containsExactly(List.of("a (labels [cat, dog], mask [cat])"));
  }

  @Test
  void keepsAManyCorneredOutlineWholeWhoseBeginningEnclosesNothing() {
    String late = "[[" + "1,1,2,1,".repeat(20) + "5,1,5,4,1,4]]";
    CocoDataset dataset = coco.open(IMAGES, object(7, 18, 12, late), CATEGORIES);

    assertThat(notices(dataset, Kind.OBJECTS_WITHOUT_OUTLINE)).isEmpty();
    assertThat(picture(dataset, 1))
        .isEqualTo("........\n.3333...\n.3333...\n.3333...\n........\n........\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"'50'", "null", "'large'", "{}", "0"})
  void anAreaThatIsNoNumberIsMeasured(String area) {
    String object =
        "{'image_id':7,'category_id':18,'segmentation':[[1,1,5,1,5,4,1,4]],'area':" + area + "}";

    assertThat(picture(coco.open(IMAGES, object, CATEGORIES), 1)).startsWith("........\n.3333");
  }

  @Test
  void countsOutlinesThatAreBoxesWhereMostAre() {
    String box = object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]");
    String closedBox = object(7, 18, 12, "[[1,1,1,4,5,4,5,1,1,1]]");
    String triangle = object(7, 18, 12, "[[1,1,5,1,5,4]]");

    assertThat(coco.open(IMAGES, box + "," + closedBox + "," + triangle, CATEGORIES).notices())
        .filteredOn(notice -> notice.kind() == Kind.OUTLINES_THAT_ARE_BOXES)
        .extracting(DatasetNotice::count, DatasetNotice::of)
        .containsExactly(tuple(2, 3));
    assertThat(coco.open(IMAGES, box + "," + triangle, CATEGORIES).notices())
        .noneMatch(notice -> notice.kind() == Kind.OUTLINES_THAT_ARE_BOXES);
  }

  @Test
  void refusesAMaskOfAnotherSizeThanTheImage() throws IOException {
    ImageFiles.jpeg(folder.resolve("images/a.jpg"), 9, 6);
    CocoDataset dataset = coco.open(IMAGES, object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]"), CATEGORIES);

    assertThat(notices(dataset, Kind.UNREADABLE_MASKS))
        .extracting(DatasetNotice::count)
        .containsExactly(1);
    assertThatThrownBy(() -> dataset.images().get(1).mask())
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("image 7")
        .hasMessageContaining("states 8 x 6 pixels")
        .hasMessageContaining("has 9 x 6");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[[1,1,5,1,5]] | a polygon has x and y in turn, but this one has 5 numbers",
        "[[0,0,1e9,0,5,5]] | reaches far outside",
        "{'size':[8,6],'counts':[48]} | its size is [8, 6], but the image's is [6, 8]",
        "{'size':[6,8],'counts':[40]} | add up to 40 pixels, but there are 48",
        "{'size':[6,8],'counts':'~'} | not a run-length string",
        "{'size':[6,8]} | needs size, [height, width], and counts",
        "[['a']] | not what a COCO instances file has here",
        "[[1,1,5,1,5,null]] | which is a number, but null",
        "[1,1,5,1,5,4] | put the numbers into one more pair of brackets",
        "[[[1,1],[5,1],[5,4]]] | is a list of points; take the inner brackets out",
        "[{'size':[6,8],'counts':[0,48]}] | which is a list of numbers",
        "\"\" | which is a list of polygons, or an object with size and counts, but a text",
        "{} | needs size, [height, width], and counts",
        "{'size':[6,8],'counts':null} | which is a list of whole numbers, but null",
        "{'size':[6,8],'counts':[0,99999999999]} | whole numbers of pixels, but has 99999999999",
        "{'size':[6,8],'counts':[0.5,47.5]} | whole numbers of pixels, but has 0.5",
        "{'size':[6,8],'counts':[-5,53]} | negative number -5",
        "{'size':[6,99999999999],'counts':[0,48]} | but has 99999999999",
      })
  void tellsAMalformedOutlineAtOnceAndRefusesItsMask(String segmentation, String message) {
    CocoDataset dataset = coco.open(IMAGES, object(7, 18, 12, segmentation), CATEGORIES);

    if (!message.contains("far outside")) {
      assertThat(notices(dataset, Kind.MALFORMED_OUTLINES))
          .singleElement()
          .satisfies(
              notice ->
                  assertThat(notice.subject()).startsWith("$.annotations[0]").contains(message));
    }
    assertThat(dataset.images().get(1).labels()).containsExactly("dog");
    assertThatThrownBy(() -> dataset.images().get(1).mask())
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).startsWith("$.annotations[0]"))
        .hasMessageContaining(message);
  }
}
