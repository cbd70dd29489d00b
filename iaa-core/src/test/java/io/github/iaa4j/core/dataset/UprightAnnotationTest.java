package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Photos that were annotated as viewers show them, or as they are stored. */
class UprightAnnotationTest {

  @TempDir private Path root;

  @Test
  void pixelsOfCocoAreUprightWhereTheUprightImageWasAnnotated() {
    LabeledImage image = coco(photo("coco.jpg", 6), 6, 8);

    assertThat(image.image())
        .isEqualTo(Orientation.QUARTER_CLOCKWISE.upright(RgbImage.read(root.resolve("coco.jpg"))));
    assertThat(image.image().width()).isEqualTo(6);
    assertThat(image.mask().orElseThrow().width()).isEqualTo(6);
    assertThat(image.mask().orElseThrow().height()).isEqualTo(8);
  }

  @Test
  void pixelsOfCocoAreAsStoredWhereThoseWereAnnotated() {
    LabeledImage image = coco(photo("coco.jpg", 6), 8, 6);

    assertThat(image.image()).isEqualTo(RgbImage.read(root.resolve("coco.jpg")));
    assertThat(image.mask().orElseThrow().width()).isEqualTo(8);
  }

  @Test
  void cocoNamesBothSizesWhereNeitherWasAnnotated() {
    LabeledImage image = coco(photo("coco.jpg", 6), 7, 7);

    assertThatThrownBy(image::mask)
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("image 1"))
        .hasMessageContaining("states 7 x 7 pixels")
        .hasMessageContaining("coco.jpg has 8 x 6 pixels, or 6 x 8 upright")
        .hasMessageContaining("EXIF orientation 6")
        .hasMessageContaining("take the image that was annotated");
  }

  @Test
  void saysThatAnImageLostItsOrientation() {
    ImageFiles.jpeg(root.resolve("coco.jpg"), 8, 6);
    LabeledImage image = coco(root.resolve("coco.jpg"), 6, 8);

    assertThatThrownBy(image::mask)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("coco.jpg has 8 x 6")
        .hasMessageContaining("lies on its side, and no EXIF orientation in it says so");
  }

  /** Labels of a whole image hold in any size, and images are often scaled after annotation. */
  @Test
  void anImageOfAnotherSizeCanStillBeTrainedOn() {
    assertThat(coco(photo("coco.jpg", 6), 7, 7).image())
        .isEqualTo(RgbImage.read(root.resolve("coco.jpg")));
  }

  @Test
  void pixelsOfVocFollowTheMask() {
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 6, 8, 12);
    LabeledImage image = voc(8, "<size><width>8</width><height>6</height></size>");

    assertThat(image.image())
        .isEqualTo(
            Orientation.QUARTER_COUNTERCLOCKWISE.upright(
                RgbImage.read(root.resolve("JPEGImages/a.jpg"))));
    assertThat(image.mask().orElseThrow().width()).isEqualTo(6);
  }

  @Test
  void pixelsOfVocFollowTheAnnotationWhereThereIsNoMask() {
    LabeledImage image = voc(5, "<size><width>6</width><height>8</height><depth>3</depth></size>");

    assertThat(image.image().width()).isEqualTo(6);
  }

  @Test
  void pixelsOfVocAreAsStoredWhereNoSizeIsStated() {
    assertThat(voc(5, "").image().width()).isEqualTo(8);
    assertThat(voc(5, "<size><width>0</width><height>0</height></size>").image().width())
        .isEqualTo(8);
    assertThat(voc(5, "<size><width>6.0</width><height>eight</height></size>").image().width())
        .isEqualTo(8);
  }

  @Test
  void aMaskOfVocThatFitsNeitherSizeIsRefused() {
    ImageFiles.mask(root.resolve("SegmentationClass/a.png"), 5, 5, 12);
    LabeledImage image = voc(6, "");

    assertThatThrownBy(image::mask)
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("the mask has 5 x 5 pixels")
        .hasMessageContaining("a.jpg has 8 x 6 pixels, or 6 x 8 upright");
  }

  private Path photo(String name, int orientation) {
    byte[] jpeg = ImageFiles.encode(ImageFiles.picture(8, 6), "jpeg");
    return ImageFiles.write(root.resolve(name), ImageFiles.withExif(jpeg, orientation));
  }

  private LabeledImage coco(Path image, int width, int height) {
    String json =
        """
        {"images": [{"id": 1, "file_name": "%s", "width": %s, "height": %s}],
         "categories": [{"id": 1, "name": "cat"}],
         "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "area": 4,
                          "bbox": [1, 1, 2, 2], "segmentation": [[1, 1, 3, 1, 3, 3, 1, 3]]}]}
        """
            .formatted(image.getFileName(), width, height);
    Path file = ImageFiles.write(root.resolve("instances.json"), json);
    return only(CocoDataset.open(root, file));
  }

  private LabeledImage voc(int orientation, String size) {
    photo("JPEGImages/a.jpg", orientation);
    ImageFiles.write(root.resolve("ImageSets/Segmentation/train.txt"), "a\n");
    ImageFiles.write(
        root.resolve("Annotations/a.xml"),
        "<annotation>" + size + "<object><name>dog</name></object></annotation>");
    return only(VocDataset.open(root, "train", List.of("dog")));
  }

  private static LabeledImage only(LabeledDataset dataset) {
    assertThat(dataset.images()).hasSize(1);
    return dataset.images().get(0);
  }
}
