package io.github.iaa4j.core.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.iaa4j.core.error.DatasetException;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.IndexColorModel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LabelMaskReadTest {

  @TempDir private Path folder;

  @Test
  void readsThePaletteIndicesAndNeverTheColours() {
    Path file = ImageFiles.mask(folder.resolve("m.png"), 3, 2, 0, 1, 2, 20, 255, 0);

    assertThat(LabelMask.read(file, 20))
        .isEqualTo(new LabelMask(3, 2, new byte[] {0, 1, 2, 20, (byte) 255, 0}));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 4})
  void readsPackedPalettes(int bits) {
    byte[] greys = new byte[1 << bits];
    Path file = ImageFiles.paletteMask(folder.resolve("m.png"), bits, greys, 3, 1, 1, 0, 1);

    assertThat(LabelMask.read(file, 20)).isEqualTo(new LabelMask(3, 1, new byte[] {1, 0, 1}));
  }

  @Test
  void whatIsWrittenIsRead() {
    LabelMask mask = new LabelMask(3, 2, new byte[] {0, 1, 2, (byte) 255, 2, 0});
    Path file = folder.resolve("new/m.png");

    mask.write(file, List.of("disc", "square"));

    assertThat(LabelMask.read(file, 2)).isEqualTo(mask);
  }

  @Test
  void masksOfVocClassesAreWrittenWithTheIndicesOfVoc() {
    LabelMask mask = new LabelMask(3, 1, new byte[] {0, 1, 2});
    Path file = folder.resolve("m.png");

    mask.write(file, List.of("cat", "dog"));

    assertThat(LabelMask.read(file, 20)).isEqualTo(new LabelMask(3, 1, new byte[] {0, 8, 12}));
  }

  @Test
  void readsGreyLevelsAsIndices() {
    BufferedImage grey = new BufferedImage(4, 1, BufferedImage.TYPE_BYTE_GRAY);
    grey.getRaster().setPixels(0, 0, 4, 1, new int[] {0, 80, 3, 255});
    Path file = ImageFiles.write(folder.resolve("m.png"), ImageFiles.encode(grey, "png"));

    assertThat(LabelMask.read(file, 80))
        .isEqualTo(new LabelMask(4, 1, new byte[] {0, 80, 3, (byte) 255}));
  }

  @Test
  void readsAPaletteInAnotherOrderThanTheClassesByItsColours() {
    Path file = colouredMask(0x008000, 0x000000, 0x800000);

    assertThat(MaskPng.read(file, COLOURS)).isEqualTo(new LabelMask(3, 1, new byte[] {2, 0, 1}));
  }

  @Test
  void keepsTheIndicesOfAPaletteWhoseColoursAreOnlyForTheEye() {
    LabelMask stored = new LabelMask(3, 1, new byte[] {0, 1, 2});

    assertThat(MaskPng.read(colouredMask(0x008000, 0, 0x800001), COLOURS))
        .as("a colour of no class")
        .isEqualTo(stored);
    assertThat(MaskPng.read(colouredMask(0, 0, 0), COLOURS))
        .as("one colour for all")
        .isEqualTo(stored);
    assertThat(MaskPng.read(colouredMask(0x008000, 0, 0x800000), Map.of()))
        .as("no colours are known")
        .isEqualTo(stored);
  }

  private static final Map<Integer, Integer> COLOURS = Map.of(0, 0, 0x800000, 1, 0x008000, 2);

  /** A mask of the indices 0, 1 and 2, which a palette shows in these colours. */
  private Path colouredMask(int... palette) {
    BufferedImage image =
        new BufferedImage(
            3,
            1,
            BufferedImage.TYPE_BYTE_INDEXED,
            new IndexColorModel(8, 3, palette, 0, false, -1, DataBuffer.TYPE_BYTE));
    image.getRaster().setSamples(0, 0, 3, 1, 0, new int[] {0, 1, 2});
    return ImageFiles.write(folder.resolve("m.png"), ImageFiles.encode(image, "png"));
  }

  @Test
  void refusesAnIndexThatIsNoClass() {
    Path file = ImageFiles.mask(folder.resolve("m.png"), 3, 2, 0, 1, 2, 0, 21, 0);

    assertThatThrownBy(() -> LabelMask.read(file, 20))
        .isInstanceOfSatisfying(
            DatasetException.class, e -> assertThat(e.field()).isEqualTo("x 1, y 1"))
        .hasMessageContaining("index 21 is not a class")
        .hasMessageContaining("1 to 20 are the classes");
  }

  @Test
  void refusesAMaskOfColours() {
    byte[] png = ImageFiles.encode(ImageFiles.picture(4, 4), "png");
    Path file = ImageFiles.write(folder.resolve("m.png"), png);

    assertThatThrownBy(() -> LabelMask.read(file, 20))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("3 of 8 bits")
        .hasMessageContaining("convert its colours to indices");
  }

  @Test
  void refusesSixteenBits() {
    BufferedImage grey = new BufferedImage(4, 1, BufferedImage.TYPE_USHORT_GRAY);
    Path file = ImageFiles.write(folder.resolve("m.png"), ImageFiles.encode(grey, "png"));

    assertThatThrownBy(() -> LabelMask.read(file, 20))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("16 bits");
  }

  @Test
  void refusesAJpeg() {
    Path file = ImageFiles.jpeg(folder.resolve("m.png"), 8, 8);

    assertThatThrownBy(() -> LabelMask.read(file, 20))
        .isInstanceOf(DatasetException.class)
        .hasMessageContaining("must be a PNG");
  }
}
