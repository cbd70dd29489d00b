package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.FolderContents;
import io.github.iaa4j.core.error.StorageException;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VocWriterTest {
  private static final List<String> CLASSES = List.of("cat", "dog");

  @TempDir Path root;

  private static RgbImage grey(int width, int height) {
    byte[] pixels = new byte[width * height * 3];
    Arrays.fill(pixels, (byte) 90);
    return new RgbImage(width, height, pixels);
  }

  private String text(String file) throws IOException {
    return Files.readString(root.resolve(file));
  }

  @Test
  void jpegsKeepColoursThatChangeFromPixelToPixel() {
    byte[] pixels = new byte[16 * 16 * 3];
    for (int i = 0; i < 16 * 16; i++) {
      boolean red = i % 16 % 2 == 0;
      pixels[3 * i] = (byte) (red ? 200 : 40);
      pixels[3 * i + 1] = 60;
      pixels[3 * i + 2] = (byte) (red ? 40 : 200);
    }

    new VocWriter(root, CLASSES, ImageEncoding.JPEG)
        .addGenerated("1", new RgbImage(16, 16, pixels), List.of("cat"));

    byte[] read = RgbImage.read(root.resolve("JPEGImages/1.jpg")).pixels();
    // With the usual 4:2:0 subsampling both columns come back as the same violet.
    double difference = 0;
    for (int i = 0; i < pixels.length; i++) {
      difference += Math.abs((read[i] & 0xff) - (pixels[i] & 0xff));
    }
    assertThat(difference / pixels.length).isLessThan(8);
  }

  @Test
  void masksArePalettePngsInTheColoursOfVoc() throws IOException {
    byte[] indices = {0, 1, 2, (byte) LabelMask.VOID};

    new VocWriter(root, List.of("aeroplane", "bicycle"))
        .add("1", grey(2, 2), new LabelMask(2, 2, indices));

    BufferedImage read = ImageIO.read(root.resolve("SegmentationClass/1.png").toFile());
    assertThat(read.getColorModel()).isInstanceOf(IndexColorModel.class);
    assertThat(read.getRGB(0, 0) & 0xffffff).isEqualTo(0x000000);
    assertThat(read.getRGB(1, 0) & 0xffffff).isEqualTo(0x800000);
    assertThat(read.getRGB(0, 1) & 0xffffff).isEqualTo(0x008000);
    assertThat(read.getRGB(1, 1) & 0xffffff).isEqualTo(0xe0e0c0);
  }

  @Test
  void annotationsHaveTheBoxAroundAClassesPixelsCountedFromOne() throws IOException {
    byte[] indices = new byte[5 * 4];
    indices[5 + 2] = 2;
    indices[2 * 5 + 3] = 2;

    new VocWriter(root, CLASSES).add("1", grey(5, 4), new LabelMask(5, 4, indices));

    assertThat(text("Annotations/1.xml"))
        .contains("<width>5</width><height>4</height><depth>3</depth>")
        .contains("<segmented>1</segmented>")
        .contains("<name>dog</name>")
        .contains("<xmin>3</xmin><ymin>2</ymin><xmax>4</xmax><ymax>3</ymax>")
        .doesNotContain("cat");
  }

  @Test
  void listsNameTheImagesOfASplitInOrderAndTheClassesOfEach() throws IOException {
    Map<String, List<String>> labels = new LinkedHashMap<>();
    labels.put("2008_000002", List.of("dog"));
    labels.put("2008_000001", List.of("cat", "dog"));

    new VocWriter(root, CLASSES).writeSplit("val", labels);

    assertThat(text("ImageSets/Segmentation/val.txt")).isEqualTo("2008_000002\n2008_000001\n");
    assertThat(text("ImageSets/Main/val.txt")).isEqualTo("2008_000002\n2008_000001\n");
    assertThat(text("ImageSets/Main/cat_val.txt")).isEqualTo("2008_000002 -1\n2008_000001  1\n");
    assertThat(text("ImageSets/Main/dog_val.txt")).isEqualTo("2008_000002  1\n2008_000001  1\n");
  }

  @Test
  void onlyFinishedFilesAreLeft() throws IOException {
    VocWriter writer = new VocWriter(root, CLASSES);
    writer.add("1", grey(4, 4), new LabelMask(4, 4, new byte[16]));
    writer.addGenerated("2", grey(4, 4), List.of("cat"));

    assertThat(FolderContents.of(root))
        .containsOnlyKeys(
            "JPEGImages/1.png",
            "SegmentationClass/1.png",
            "Annotations/1.xml",
            "JPEGImages/2.png",
            "SegmentationClass/2.png",
            "SegmentationClassAug/2.png",
            "Annotations/2.xml");
  }

  @Test
  void aClassNameWithMarkupStaysAName() {
    List<String> classes = List.of("salt&pepper", "a<b>");
    VocWriter writer = new VocWriter(root, classes);
    writer.addGenerated("1", grey(4, 4), List.of("salt&pepper", "a<b>"));

    assertThat(VocAnnotation.read(root.resolve("Annotations/1.xml")))
        .contains(new VocAnnotation(classes, true));
  }

  @Test
  void aMaskOfAnotherSizeIsRefused() {
    assertThatThrownBy(
            () ->
                new VocWriter(root, CLASSES)
                    .add("1", grey(4, 4), new LabelMask(4, 3, new byte[12])))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("4 x 3");
  }

  @Test
  void anIndexThatIsNotAClassIsRefused() {
    byte[] indices = new byte[16];
    indices[5] = 3;

    assertThatThrownBy(
            () -> new VocWriter(root, CLASSES).add("1", grey(4, 4), new LabelMask(4, 4, indices)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("index 3");
  }

  @Test
  void aLabelThatIsNotAClassIsRefused() {
    assertThatThrownBy(
            () -> new VocWriter(root, CLASSES).addGenerated("1", grey(4, 4), List.of("cow")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cow");
  }

  @Test
  void anIdThatLeadsToAnotherFolderIsRefused() {
    VocWriter writer = new VocWriter(root, CLASSES);

    for (String id : List.of("../1", "a/b", "", ".hidden", "a b")) {
      assertThatThrownBy(() -> writer.addGenerated(id, grey(4, 4), List.of("cat")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("\"" + id + "\"");
    }
  }

  @Test
  void bytesThatWereJudgedBecomeTheFileAsTheyAre() throws IOException {
    for (ImageEncoding encoding : ImageEncoding.values()) {
      byte[] judged = encoding.encode(grey(5, 4));
      new VocWriter(root, CLASSES, encoding).addGenerated("1", judged, List.of("cat"));

      assertThat(root.resolve("JPEGImages/1." + encoding.extension())).hasBinaryContent(judged);
      assertThat(text("Annotations/1.xml"))
          .contains("<filename>1." + encoding.extension() + "</filename>")
          .contains("<width>5</width><height>4</height>");
    }
    assertThat(root.resolve("JPEGImages")).isDirectoryNotContaining("glob:**.png");
  }

  @Test
  void bytesOfAnotherEncodingAreRefused() {
    byte[] jpeg = ImageEncoding.JPEG.encode(grey(4, 4));

    assertThatThrownBy(() -> new VocWriter(root, CLASSES).addGenerated("1", jpeg, List.of("cat")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not a PNG file");
  }

  @Test
  void aRealImageMayHaveLabelsAndNoMask() {
    VocWriter writer = new VocWriter(root, CLASSES);
    writer.add("1", grey(4, 4), List.of("dog"));
    writer.writeSplit("train", Map.of("1", List.of("dog")));

    LabeledImage read = VocDataset.open(root, "train").images().get(0);

    assertThat(read.labels()).containsExactly("dog");
    assertThat(read.generated()).isFalse();
    assertThat(read.mask()).isEmpty();
    assertThatThrownBy(() -> writer.add("2", grey(4, 4), List.of("cow")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"cow\"");
  }

  @Test
  void theSourceOfAGeneratedImageIsADiffusionModel() throws IOException {
    VocWriter writer = new VocWriter(root, CLASSES);
    writer.add("1", grey(4, 4), new LabelMask(4, 4, new byte[16]));
    writer.addGenerated("2", grey(4, 4), List.of("cat"));

    assertThat(text("Annotations/1.xml"))
        .contains(
            "<source><database>Unknown</database><annotation>Unknown</annotation>"
                + "<image>Unknown</image></source>");
    assertThat(text("Annotations/2.xml"))
        .contains(
            "<source><database>iaa4j</database><annotation>prompt</annotation>"
                + "<image>diffusion model</image></source>");
  }

  @Test
  void aFolderThatCannotBeCreatedIsNamed() throws IOException {
    Path file = Files.writeString(root.resolve("taken"), "");

    assertThatThrownBy(() -> new VocWriter(file, CLASSES))
        .isInstanceOf(StorageException.class)
        .hasMessageContaining("taken");
  }
}
