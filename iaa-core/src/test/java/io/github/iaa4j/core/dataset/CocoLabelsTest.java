package io.github.iaa4j.core.dataset;

import static io.github.iaa4j.core.dataset.CocoFolder.CATEGORIES;
import static io.github.iaa4j.core.dataset.CocoFolder.IMAGES;
import static io.github.iaa4j.core.dataset.CocoFolder.annotation;
import static io.github.iaa4j.core.dataset.CocoFolder.object;
import static io.github.iaa4j.core.dataset.CocoFolder.picture;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.github.iaa4j.core.dataset.DatasetNotice.Kind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The classes and labels of a COCO file. */
class CocoLabelsTest {

  private final CocoFolder coco;

  CocoLabelsTest(@TempDir Path folder) {
    this.coco = new CocoFolder(folder);
  }

  @Test
  void hasTheCategoriesInTheOrderOfTheirIds() {
    assertThat(coco.open(IMAGES, "", CATEGORIES).classNames())
        .containsExactly("person", "cat", "dog");
  }

  @Test
  void labelsAnImageWithTheCategoriesOfItsAnnotationsEachOnce() {
    CocoDataset dataset =
        coco.open(
            IMAGES,
            annotation(7, 18) + "," + annotation(7, 1) + "," + annotation(7, 18),
            CATEGORIES);

    assertThat(dataset.images())
        .extracting(LabeledImage::id, LabeledImage::labels)
        .containsExactly(tuple("b", List.of()), tuple("a", List.of("person", "dog")));
  }

  @Test
  void countsCrowds() {
    String crowd =
        "{'image_id':7,'category_id':17,'iscrowd':1,"
            + "'segmentation':{'size':[6,8],'counts':[0,48]},'area':48}";

    assertThat(coco.open(IMAGES, crowd, CATEGORIES).images().get(1).labels())
        .containsExactly("cat");
  }

  @Test
  void readsTheListsInAnyOrder() {
    coco.write(
        "{'annotations':["
            + annotation(7, 18)
            + "],'info':{'year':2014,'x':[[1]]},'categories':["
            + CATEGORIES
            + "],'images':["
            + IMAGES
            + "]}");

    assertThat(coco.open().images().get(1).labels()).containsExactly("dog");
  }

  @Test
  void countsImagesThatShowCrowdsAlone() {
    String crowd =
        "{'image_id':7,'category_id':18,'iscrowd':1,'segmentation':{'size':[6,8],'counts':[4,44]}}";

    assertThat(coco.open(IMAGES, crowd, CATEGORIES).notices())
        .filteredOn(notice -> notice.kind() == Kind.CROWDS_ALONE)
        .extracting(DatasetNotice::count, DatasetNotice::examples)
        .containsExactly(tuple(1, List.of("a.jpg")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "background",
        "_background_",
        "Background",
        "__background__",
        "BG",
        "BACKGROUND_Google"
      })
  void leavesOutACategoryThatIsBackground(String name) {
    String categories = "{'id':0,'name':'" + name + "'}," + CATEGORIES;
    String everywhere = object(7, 0, 48, "[[0,0,8,0,8,6,0,6]]");
    CocoDataset dataset =
        coco.open(IMAGES, everywhere + "," + object(7, 18, 12, "[[1,1,5,1,5,4,1,4]]"), categories);

    assertThat(dataset.classNames()).containsExactly("person", "cat", "dog");
    assertThat(dataset.images().get(1).labels()).containsExactly("dog");
    assertThat(picture(dataset, 1))
        .isEqualTo("........\n.3333...\n.3333...\n.3333...\n........\n........\n");
    assertThat(dataset.notices())
        .filteredOn(notice -> notice.kind() == Kind.BACKGROUND_LEFT_OUT)
        .extracting(DatasetNotice::subject, DatasetNotice::count)
        .containsExactly(tuple(name, 1));
  }

  @Test
  void saysWhichClassesNoImageShows() {
    assertThat(coco.open(IMAGES, annotation(7, 18), CATEGORIES).notices())
        .filteredOn(notice -> notice.kind() == Kind.CLASSES_WITHOUT_IMAGES)
        .extracting(DatasetNotice::subject)
        .containsExactly("person, cat");
  }
}
