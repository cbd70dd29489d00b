package io.github.iaa4j.wsss.internal.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.iaa4j.wsss.internal.onnx.BackboneSettings.Normalization;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AugmentationTest {

  private static final Normalization UNIT =
      new Normalization(List.of(0f, 0f, 0f), List.of(1f, 1f, 1f));

  /** Where the crop shows the image, its mask is not void. */
  @Test
  void theMaskIsVoidWhereTheImageEnds() {
    Crops crops = new Crops(32, 40, 0.5, 1.5, 1, UNIT);
    byte[] white = new byte[3 * 40 * 20];
    Arrays.fill(white, (byte) 255);
    for (int seed = 0; seed < 50; seed++) {
      Augmentation augmentation = Augmentation.draw(crops, 40, 20, new Random(seed));
      float[] image = new float[3 * 32 * 32];
      augmentation.image(white, image, 0);
      byte[] mask = augmentation.mask(new byte[40 * 20], 1);
      for (int i = 0; i < mask.length; i++) {
        assertThat(mask[i] == Augmentation.VOID).isEqualTo(image[i] == 0);
      }
    }
  }

  /** A circle stays a circle: one step across is as long as one step down. */
  @Test
  void theAspectRatioIsKept() {
    int width = 200;
    int height = 100;
    byte[] gradient = new byte[3 * width * height];
    for (int i = 0; i < width * height; i++) {
      gradient[3 * i] = (byte) (i % width);
      gradient[3 * i + 1] = (byte) (i / width);
    }
    Crops crops = new Crops(16, 200, 1, 1, 1, UNIT);
    for (int seed = 0; seed < 20; seed++) {
      Augmentation augmentation = Augmentation.draw(crops, width, height, new Random(seed));
      byte[] columns = new byte[width * height];
      byte[] rows = new byte[width * height];
      for (int i = 0; i < columns.length; i++) {
        columns[i] = gradient[3 * i];
        rows[i] = gradient[3 * i + 1];
      }
      int across = spread(augmentation.mask(columns, 1), 1);
      int down = spread(augmentation.mask(rows, 1), 16);
      assertThat(Math.abs(across)).isIn(0, 1);
      assertThat(down).isIn(0, 1);
    }
  }

  private static int spread(byte[] mask, int step) {
    int middle = 16 * 8 + 8;
    return mask[middle] == Augmentation.VOID || mask[middle + step] == Augmentation.VOID
        ? 0
        : (mask[middle + step] & 0xff) - (mask[middle] & 0xff);
  }

  /** At scale 1 the long side has as many pixels as were asked for. */
  @Test
  void theScaleIsThatOfTheLongSide() {
    byte[] white = new byte[3 * 100 * 50];
    Arrays.fill(white, (byte) 255);
    Crops crops = new Crops(256, 128, 1, 1, 1, UNIT);
    float[] image = new float[3 * 256 * 256];

    Augmentation.draw(crops, 100, 50, new Random(3)).image(white, image, 0);

    long shown = IntStream.range(0, 256 * 256).filter(i -> image[i] != 0).count();
    assertThat((double) shown).isCloseTo(128 * 64, within(300.0));
  }

  @Test
  void anImageOfOnePixelFillsWhatItCovers() {
    Crops crops = new Crops(8, 8, 1, 1, 1, UNIT);
    float[] image = new float[3 * 8 * 8];

    Augmentation.draw(crops, 1, 1, new Random(1))
        .image(new byte[] {(byte) 255, (byte) 255, (byte) 255}, image, 0);

    assertThat(image).contains(image[3 * 8 * 4]).doesNotContain(Float.NaN);
  }
}
